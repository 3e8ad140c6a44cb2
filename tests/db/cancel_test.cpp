// Cancelling, refunding, and the job that writes lapsed holds down.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Cancel : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue);
  Person ann = enter(queue, 5000), bob = enter(queue, 5000);

  ReservationId paid(const Person& person, const std::vector<std::int64_t>& seats) {
    const auto held = hold(person, show, seats);
    pay(person, held->reservation).value();
    return held->reservation;
  }
};

TEST_F(Cancel, ReleasesAnUnpaidHoldAtOnce) {
  const auto held = hold(ann, show, {1, 2});
  const auto cancelled = cancel(ann, held->reservation);
  ASSERT_EQ(outcome(cancelled), "ok");
  EXPECT_EQ(cancelled->refunded, Won{0});
  EXPECT_EQ(cancelled->reservation.status, booking::Status::canceled);
  EXPECT_EQ(seat(show, 1), "FREE -");
  EXPECT_EQ(outcome(hold(bob, show, {1, 2})), "ok");
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox"), 0);
}

TEST_F(Cancel, RefundsWhatWasPaidAndTellsOfIt) {
  const auto reservation = paid(ann, {1, 2});
  const auto cancelled = cancel(ann, reservation);
  ASSERT_EQ(outcome(cancelled), "ok");
  EXPECT_EQ(cancelled->refunded, Won{2000});
  EXPECT_EQ(balance(ann.user), 5000);
  EXPECT_EQ(seat(show, 1), "FREE -");
  EXPECT_EQ(text("SELECT CONCAT(status, '') FROM payment"), "REFUNDED");
  EXPECT_EQ(wallet::history(db, ann.user, INT64_MAX, 1)->front().state, "REFUND");
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox WHERE topic = 'reservation.refunded'"), 1);
}

TEST_F(Cancel, RefundsUpToButNotAtTheDeadline) {
  const auto reservation = paid(ann, {1});
  set_clock(show.session.cancel_until);
  const auto before = fingerprint(ann.user);
  EXPECT_EQ(outcome(cancel(ann, reservation)), "NOT_CANCELLABLE");
  EXPECT_EQ(fingerprint(ann.user), before);
  EXPECT_EQ(seat(show, 1), sold_to(reservation));
  set_clock({show.session.cancel_until.micros - 1});
  EXPECT_EQ(outcome(cancel(ann, reservation)), "ok");
}

TEST_F(Cancel, GivesMoneyBackEvenAboveTheBalanceLimit) {
  const auto reservation = paid(ann, {1});
  const wallet::Limits low{Won{10'000}, Won{4500}};
  const auto charged = db::transact(db, [&](db::Tx& tx) {
    return wallet::charge(tx, ann.user, Won{500}, low);
  });
  EXPECT_EQ(*charged, Won{4500});
  EXPECT_EQ(outcome(cancel(ann, reservation)), "ok");
  EXPECT_EQ(balance(ann.user), 5500);
}

TEST_F(Cancel, IsForTheOwnerAndForExistingReservations) {
  const auto reservation = paid(ann, {1});
  const auto before = fingerprint(ann.user);
  EXPECT_EQ(outcome(cancel(bob, reservation)), "NOT_YOURS");
  EXPECT_EQ(outcome(cancel(bob, {reservation.value + 999})), "RESERVATION_NOT_FOUND");
  EXPECT_EQ(fingerprint(ann.user), before);
  // Whoever it does not belong to is not told that it is over, either.
  cancel(ann, reservation).value();
  EXPECT_EQ(outcome(cancel(bob, reservation)), "NOT_YOURS");
}

TEST_F(Cancel, HappensOnce) {
  const auto reservation = paid(ann, {1, 2});
  const auto answers = at_once(12, [&](db::Connection& connection, int) {
    return outcome(cancel(connection, ann, reservation));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 1);
  EXPECT_EQ(count_of<std::string>(answers, "NOT_CANCELLABLE"), 11);
  EXPECT_EQ(balance(ann.user), 5000);
}

TEST_F(Cancel, FreesNoSeatThatIsSomebodyElsesByNow) {
  const auto reservation = paid(ann, {1});
  cancel(ann, reservation).value();
  const auto bobs = hold(bob, show, {1});
  EXPECT_EQ(outcome(cancel(ann, reservation)), "NOT_CANCELLABLE");
  EXPECT_EQ(seat(show, 1), held_by(bobs->reservation));
}

TEST_F(Cancel, AgainstHoldsOfTheSameSeatsNeverSellsThemTwice) {
  const auto first = hold(ann, show, {1, 2, 3});
  const auto answers = at_once(8, [&](db::Connection& connection, int i) {
    if (i == 0) return outcome(cancel(connection, ann, first->reservation));
    return outcome(hold(connection, bob, show, {3, 2, 1}));
  });
  EXPECT_EQ(answers[0], "ok");
  EXPECT_LE(count_of<std::string>(answers, "ok"), 2);
}

class ExpireBatch : public Cancel {
 protected:
  // Holds of `count` users, one seat each, all of them over at the connection's clock.
  Instant lapse(int count, Show& where) {
    Instant last;
    for (int i = 1; i <= count; ++i) last = hold(enter(queue), where, {i})->expires_at;
    return last;
  }
};

TEST_F(ExpireBatch, WritesDownWhatIsOverAndNothingElse) {
  const auto first = hold(ann, show, {1});
  set_clock(first->now.plus_seconds(100));
  const auto second = hold(bob, show, {2});
  set_clock({first->expires_at.micros - 1});
  EXPECT_EQ(booking::expire_batch(db, 200), 0);
  set_clock(first->expires_at);
  EXPECT_EQ(booking::expire_batch(db, 200), 1);
  EXPECT_EQ(seat(show, 1), "FREE -");
  EXPECT_EQ(seat(show, 2), held_by(second->reservation));
  EXPECT_EQ(text("SELECT CONCAT(status, '') FROM reservation WHERE id = ?", first->reservation),
            "EXPIRED");
  EXPECT_EQ(booking::expire_batch(db, 200), 0);
}

TEST_F(ExpireBatch, TwoAtOnceDoEachHoldOnce) {
  Show big = make_show(queue, 60);
  const auto over = lapse(60, big);
  set_clock(over);
  const auto done = at_once(2, [&](db::Connection& connection, int) {
    set_clock(connection, over);
    std::int64_t total = 0;
    for (int i = 0; i < 20; ++i) total += booking::expire_batch(connection, 7);
    return total;
  });
  EXPECT_EQ(done[0] + done[1], 60);
  EXPECT_EQ(number("SELECT COUNT(*) FROM seat WHERE session_id = ? AND state <> 'FREE'",
                   big.session.id), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM reservation WHERE status = 'EXPIRED'"), 60);
}

TEST_F(ExpireBatch, PassesOverAHoldThatSomebodyIsAt) {
  const auto held = hold(ann, show, {1});
  db::Connection other(access());
  db::Attempt busy(other);
  booking::lock(busy.tx(), held->reservation);
  set_clock(held->expires_at);
  EXPECT_EQ(booking::expire_batch(db, 200), 0);
  busy.rollback();
  EXPECT_EQ(booking::expire_batch(db, 200), 1);
}

TEST_F(ExpireBatch, KeepsTheSeatsOfOneHoldWhileItWaitsForAnothers) {
  Show big = make_show(queue, 9);
  hold(ann, big, {9}).value();
  const auto over = hold(bob, big, {4})->expires_at;
  db::Connection buyer(access());
  db::Attempt busy(buyer);
  busy.tx()->query("SELECT number FROM seat WHERE session_id = ? AND number = 4 FOR UPDATE", big.session.id);
  set_clock(over);
  db.command("SET SESSION innodb_lock_wait_timeout = 0");
  EXPECT_THROW(booking::expire_batch(db, 200), db::Fault);
  // So is seat 9 the buyer's, who already has seat 4.
  busy.tx()->command("SET SESSION innodb_lock_wait_timeout = 0");
  busy.tx()->query("SELECT number FROM seat WHERE session_id = ? AND number = 9 FOR UPDATE", big.session.id);
  EXPECT_EQ(seat(big, 9), "FREE -");
}

TEST_F(ExpireBatch, LeavesSeatsThatWereTakenOverToTheirNewOwner) {
  const auto old = hold(ann, show, {1, 2});
  set_clock(old->expires_at);
  const auto taken = hold(bob, show, {2});
  EXPECT_EQ(booking::expire_batch(db, 200), 1);
  EXPECT_EQ(seat(show, 1), "FREE -");
  EXPECT_EQ(seat(show, 2), held_by(taken->reservation));
}

TEST_F(ExpireBatch, AndTakingOverAtOnceEndInOneOwner) {
  Show big = make_show(queue, 20);
  const auto over = lapse(20, big);
  const Person cat = enter(queue), dan = enter(queue);
  set_clock(over);
  const auto answers = at_once(3, [&](db::Connection& connection, int i) {
    set_clock(connection, over);
    if (i == 0) return std::to_string(booking::expire_batch(connection, 200));
    std::vector<std::int64_t> seats;
    for (int n = 1; n <= 10; ++n) seats.push_back(i == 1 ? n : n + 5);
    return outcome(hold(connection, i == 1 ? cat : dan, big, seats));
  });
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_EQ(number("SELECT COUNT(*) FROM reservation WHERE status = 'EXPIRED'"), 20);
  EXPECT_EQ(number("SELECT COUNT(*) FROM seat WHERE session_id = ? AND state = 'HELD'",
                   big.session.id),
            10 * (count_of<std::string>(answers, "ok")));
}

}  // namespace
