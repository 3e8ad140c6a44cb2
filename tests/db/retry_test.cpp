// A transaction's body may run twice, and its connection may be lost at any message: each deed is
// still done once, and whole.
#include "fn/replay.h"
#include "support/lossy_proxy.h"
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

// As if the server had found a deadlock in the last statement of the first run.
template <class Body>
auto run_twice(db::Connection& connection, Body body) {
  bool first = true;
  return db::transact(connection, [&](db::Tx& tx) {
    auto result = body(tx);
    if (std::exchange(first, false)) throw db::Fault(db::FaultKind::retry, 1213, "forced");
    return result;
  });
}

class RunTwice : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue);
  Person ann = enter(queue, 5000);
  queue::Admission ann_inside = ann.admission();

  Result<booking::Hold> hold_once(db::Tx& tx, std::int64_t number) {
    return booking::hold_seats(
        tx, ann_inside, {ann.user, show.concert.id, show.session.id, {{number}}, {}}, kHoldLimits);
  }
};

TEST_F(RunTwice, EveryDeedIsDoneOnce) {
  const auto held = run_twice(db, [&](db::Tx& tx) { return hold_once(tx, 1); });
  ASSERT_EQ(outcome(held), "ok");
  EXPECT_EQ(number("SELECT COUNT(*) FROM reservation"), 1);
  EXPECT_EQ(outcome(run_twice(db, [&](db::Tx& tx) {
    return wallet::charge(tx, ann.user, Won{100}, kChargeLimits);
  })), "ok");
  EXPECT_EQ(balance(ann.user), 5100);
  EXPECT_EQ(outcome(run_twice(db, [&](db::Tx& tx) {
    return payment::pay(tx, ann_inside, {ann.user, held->reservation, {}});
  })), "ok");
  EXPECT_EQ(balance(ann.user), 4100);
  EXPECT_EQ(outcome(run_twice(db, [&](db::Tx& tx) {
    return booking::cancel(tx, held->reservation, ann.user);
  })), "ok");
  EXPECT_EQ(balance(ann.user), 5100);
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox"), 2);
}

TEST_F(RunTwice, APlaceIsTakenOnceAndLeftOnce) {
  const auto user = make_user();
  const auto ticket = run_twice(db, [&](db::Tx& tx) {
    return queue::take_place(tx, {queue, user, token::new_uuid(), 60});
  });
  EXPECT_EQ(number("SELECT COUNT(*) FROM ticket WHERE user_id = ?", user), 1);
  const auto claims = queue::claims_of(*ticket, "u");
  const auto left = run_twice(db, [&](db::Tx& tx) { return queue::leave_line(tx, claims); });
  EXPECT_EQ(outcome(left), "ok");
  EXPECT_EQ(number("SELECT departures FROM queue WHERE id = ?", queue), 1);
}

// A hold, a payment and a cancellation, each with a key, each cut at every one of its messages.
class CutAnywhere : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue);
  LossyProxy proxy{access().socket};
  db::Access through_proxy{[this] {
    db::Access access_through = access();
    access_through.socket = proxy.socket_path();
    return access_through;
  }()};

  // As a client that tries again with the same key until it is answered.
  template <class Deed>
  http::Response insist(db::Connection& connection, const idempotency::Key& key, Deed deed) {
    for (int i = 0; i < 200; ++i) {
      try {
        auto answer = fn::transact_once(connection, key, [&](db::Tx& tx) -> Result<http::Response> {
          TRY(const auto id, deed(tx));
          json::Object body;
          body.set("id", std::int64_t{id});
          return http::plain(200, body);
        });
        if (answer) return std::move(answer).value();
        EXPECT_EQ(outcome(answer), "REQUEST_IN_PROGRESS");
        pause_briefly();
      } catch (const db::Fault& fault) {
        EXPECT_NE(fault.kind(), db::FaultKind::bug) << fault.what();
      }
    }
    ADD_FAILURE() << "never answered";
    return {};
  }

  // How often the deed could be cut, which is how many messages it takes.
  template <class Deed>
  int cut_everywhere(const std::string& name, UserId user, Deed deed,
                     const std::function<void()>& check) {
    int cuts = 0;
    for (const auto lose : {LossyProxy::Lose::request, LossyProxy::Lose::answer}) {
      for (int nth = 1;; ++nth) {
        const int before = proxy.lost();
        db::Connection connection(through_proxy);
        connection.open();
        proxy.lose_message(nth, lose);
        const idempotency::Key key{user, name, std::to_string(++keys_), std::string(32, 'f')};
        insist(connection, key, deed);
        proxy.lose_message(0, lose);
        check();
        if (proxy.lost() == before) break;  // done before it came to the n-th message
        ++cuts;
      }
    }
    return cuts;
  }

 private:
  int keys_ = 0;
};

TEST_F(CutAnywhere, AChargeIsMadeOnceForEachKey) {
  const auto user = make_user();
  std::int64_t wanted = 0;
  const int cuts = cut_everywhere("charge", user, [&](db::Tx& tx) -> Result<std::int64_t> {
    TRY(const auto after, wallet::charge(tx, user, Won{10}, kChargeLimits));
    return after.value;
  }, [&] { EXPECT_EQ(balance(user), wanted += 10); });
  EXPECT_GE(cuts, 12);
}

TEST_F(CutAnywhere, AHoldThatIsPaidAndRefundedIsThatOnceAndWhole) {
  const Person ann = enter(queue, 5000);
  auto ann_inside = ann.admission();
  std::int64_t paid = 0;
  const int cuts = cut_everywhere("all", ann.user, [&](db::Tx& tx) -> Result<std::int64_t> {
    TRY(const auto held, booking::hold_seats(tx, ann_inside, {ann.user, show.concert.id, show.session.id,
                                                              {{1}, {2}}, {}}, kHoldLimits));
    TRY(const auto payment, payment::pay(tx, ann_inside, {ann.user, held.reservation, {}}));
    CHECK(booking::cancel(tx, held.reservation, ann.user));
    // The place was completed by paying; the next round needs it again.
    tx->change("UPDATE ticket SET state = 'ADMITTED', ended_at = NULL WHERE queue_id = ?", queue);
    tx->change("UPDATE visit SET ends_at = NOW(6) + INTERVAL 1 HOUR WHERE queue_id = ?", queue);
    return payment.id.value;
  }, [&] {
    EXPECT_EQ(number("SELECT COUNT(*) FROM payment"), ++paid);
    EXPECT_EQ(number("SELECT COUNT(*) FROM outbox"), 2 * paid);
    EXPECT_EQ(balance(ann.user), 5000);
  });
  EXPECT_GE(cuts, 60);
}

}  // namespace
