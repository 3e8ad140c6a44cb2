// Paying on a real database: everything or nothing, once, and never for a hold that is over.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Pay : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue);
  Person ann = enter(queue, 5000), bob = enter(queue, 5000);
  booking::Hold held = hold(ann, show, {1, 2}).value();
};

TEST_F(Pay, DoesAllOfIt) {
  const auto paid = pay(ann, held.reservation);
  ASSERT_EQ(outcome(paid), "ok");
  EXPECT_EQ(paid->amount, Won{2000});
  EXPECT_EQ(paid->balance_after, Won{3000});
  EXPECT_EQ(balance(ann.user), 3000);
  for (const int each : {1, 2}) EXPECT_EQ(seat(show, each), sold_to(held.reservation));
  const auto found = booking::find(db, held.reservation, ann.user);
  EXPECT_EQ(found->status, booking::Status::confirmed);
  EXPECT_EQ(found->payment, paid->id.value);
  EXPECT_EQ(found->paid_at, paid->paid_at);
  EXPECT_EQ(ticket_state(ann.place), "COMPLETED");
  EXPECT_LE(*queue::load_visit_end(db, ann.place), now());
  const auto entries = wallet::history(db, ann.user, INT64_MAX, 10);
  EXPECT_EQ(entries->front().state, "USE");
  EXPECT_EQ(entries->front().amount, Won{2000});
  EXPECT_EQ(entries->front().balance_after, Won{3000});
  EXPECT_EQ(entries->front().reservation, held.reservation.value);
  EXPECT_EQ(text("SELECT CONCAT(topic, ' ', JSON_VALUE(payload, '$.reservationId'), ' ', "
                 "JSON_VALUE(payload, '$.amount')) FROM outbox"),
            "reservation.paid " + std::to_string(held.reservation.value) + " 2000");
}

TEST_F(Pay, GivesTheRoomToTheNextInLine) {
  db.change("UPDATE queue SET capacity = 2 WHERE id = ?", queue);
  const Person next = join(queue);
  queue::advance(db, queue);
  EXPECT_EQ(ticket_state(next.place), "WAITING");
  pay(ann, held.reservation).value();
  EXPECT_EQ(queue::advance(db, queue).admitted, 1);
  EXPECT_EQ(ticket_state(next.place), "ADMITTED");
}

TEST_F(Pay, EachRefusalLeavesNothingBehind) {
  const auto check = [&](const std::string& wanted, const Person& who, ReservationId reservation,
                         std::optional<Won> said) {
    const auto before = fingerprint(who.user);
    EXPECT_EQ(outcome(pay(db, who, reservation, said)), wanted);
    EXPECT_EQ(fingerprint(who.user), before) << wanted;
  };
  check("RESERVATION_NOT_FOUND", ann, {held.reservation.value + 1000}, {});
  check("NOT_YOURS", bob, held.reservation, {});
  check("PRICE_MISMATCH", ann, held.reservation, Won{1999});
  const Person elsewhere = enter(make_queue());
  check("NOT_ADMITTED", {ann.user, elsewhere.place, elsewhere.claims}, held.reservation, {});
  check("NOT_ADMITTED", {ann.user, {queue, {999'999}}, {}}, held.reservation, {});
  const Person poor = enter(queue, 999);
  const auto dear = hold(poor, show, {3});
  check("INSUFFICIENT_BALANCE", poor, dear->reservation, {});
  const auto cancelled = hold(bob, show, {4});
  cancel(bob, cancelled->reservation).value();
  check("HOLD_EXPIRED", bob, cancelled->reservation, {});
  pay(ann, held.reservation).value();
  check("NOT_ADMITTED", ann, held.reservation, {});
  check("ALREADY_PAID", enter(queue, ann.user), held.reservation, {});
}

TEST_F(Pay, ServesTheHoldUpToButNotAtItsLastInstant) {
  set_clock(held.expires_at);
  const auto before = fingerprint(ann.user);
  EXPECT_EQ(outcome(pay(ann, held.reservation)), "HOLD_EXPIRED");
  EXPECT_EQ(fingerprint(ann.user), before);
  set_clock({held.expires_at.micros - 1});
  EXPECT_EQ(outcome(pay(ann, held.reservation)), "ok");
}

// A visit that was left keeps its holds, but nobody is inside to pay them.
TEST_F(Pay, IsRefusedWhenTheVisitIsOver) {
  db::transact(db, [&](db::Tx& tx) { return queue::leave_line(tx, ann.claims); }).value();
  EXPECT_EQ(outcome(pay(ann, held.reservation)), "NOT_ADMITTED");
}

TEST_F(Pay, AFreeSeatIsPaidWithNothingAndIsInTheHistory) {
  const Show free = make_show(queue, 2, 0);
  const Person poor = enter(queue);
  const auto taken = hold(poor, free, {1});
  EXPECT_EQ(pay(poor, taken->reservation)->amount, Won{0});
  EXPECT_EQ(wallet::history(db, poor.user, INT64_MAX, 10)->size(), 1U);
}

TEST_F(Pay, TheLastWonIsEnough) {
  const Person exact = enter(queue, 1000);
  const auto taken = hold(exact, show, {5});
  EXPECT_EQ(pay(exact, taken->reservation)->balance_after, Won{0});
}

TEST_F(Pay, TwentyAtOnceMakeOnePayment) {
  const auto answers = at_once(20, [&](db::Connection& connection, int) {
    return outcome(pay(connection, ann, held.reservation));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 1);
  EXPECT_EQ(count_of<std::string>(answers, "NOT_ADMITTED"), 19);
  EXPECT_EQ(balance(ann.user), 3000);
  EXPECT_EQ(number("SELECT COUNT(*) FROM payment"), 1);
}

TEST_F(Pay, CannotSpendTheSameWonTwice) {
  // Two reservations of one user for 2000 each, and money for one.
  const auto other = hold(ann, show, {3, 4});
  db.change("UPDATE account SET balance = 3000 WHERE id = ?", ann.user);
  db.change("UPDATE ledger SET amount = 3000, balance_after = 3000 WHERE user_id = ?", ann.user);
  const auto answers = at_once(8, [&](db::Connection& connection, int i) {
    return outcome(pay(connection, ann, i % 2 == 0 ? held.reservation : other->reservation));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 1);
  EXPECT_EQ(balance(ann.user), 1000);
}

TEST_F(Pay, AndCancellingAtOnceEndInOneOfTheTwo) {
  for (int round = 0; round < 10; ++round) {
    const Person cat = enter(queue, 1000);
    const auto taken = hold(cat, show, {3});
    const auto answers = at_once(2, [&](db::Connection& connection, int i) {
      return i == 0 ? outcome(pay(connection, cat, taken->reservation))
                    : outcome(cancel(connection, cat, taken->reservation));
    });
    // Either the hold was released and cannot be paid, or it was paid and then refunded.
    EXPECT_EQ(answers[1], "ok");
    EXPECT_EQ(balance(cat.user), 1000) << answers[0];
    EXPECT_EQ(shown(taken->reservation), "CANCELED");
    EXPECT_EQ(seat(show, 3), "FREE -");
  }
}

// A payment that begins in time and has to wait for a lock is decided by the time it has the lock.
class PayThatWaits : public Pay {
 protected:
  // Ends the hold a moment from now, lets `body` run into a lock on the seat, and gives the lock
  // up once the hold is over. A moment is as long as this machine needs for it.
  template <class Body>
  auto across_the_deadline(Body body) {
    for (std::int64_t micros = 250'000;; micros *= 4) {
      bool in_time = false;
      const auto answer = across(Instant{now().micros + micros}, body, in_time);
      if (in_time || micros == kLongestMicros) {
        EXPECT_TRUE(in_time);
        return answer;
      }
    }
  }

 private:
  static constexpr std::int64_t kLongestMicros = 4'000'000;

  // `in_time` is whether it waited before the hold was over.
  template <class Body>
  auto across(Instant deadline, Body body, bool& in_time) {
    db.change("UPDATE reservation SET hold_until = ? WHERE id = ?", deadline, held.reservation);
    db.change("UPDATE seat SET hold_until = ? WHERE reservation_id = ?", deadline,
              held.reservation);
    db::Attempt blocker(db);
    blocker.tx()->query("SELECT number FROM seat WHERE session_id = ? AND number = 1 FOR UPDATE",
                        show.session.id);
    db::Connection other(access());
    decltype(body(other)) answer{};
    {
      const std::jthread waiting([&] { answer = body(other); });
      db::Connection observer(access());
      EXPECT_TRUE(eventually([&] { return somebody_waits(observer); }));
      in_time = now(observer) < deadline;
      EXPECT_TRUE(eventually([&] { return deadline < now(observer); }));
      blocker.rollback();
    }
    return answer;
  }
};

TEST_F(PayThatWaits, IsRefusedWhereTheHoldRanOutMeanwhile) {
  const auto before = fingerprint(ann.user);
  EXPECT_EQ(across_the_deadline([&](db::Connection& connection) {
    return outcome(pay(connection, ann, held.reservation));
  }), "HOLD_EXPIRED");
  EXPECT_EQ(fingerprint(ann.user), before);
}

TEST_F(PayThatWaits, WouldBeServedByAGuardThatReadsTheClockBeforeItWaits) {
  // The control: NOW(6) stands still while a statement waits, so this guard lets the late one in.
  EXPECT_EQ(across_the_deadline([&](db::Connection& connection) {
    db::Attempt attempt(connection);
    return attempt.tx()->change("UPDATE seat SET price = price + 1 WHERE session_id = ? "
                                "AND number = 1 AND hold_until > NOW(6)", show.session.id);
  }), 1);
}

}  // namespace
