// What the hot operations cost on tables that are not empty: rows by index, no scans, no sorting.
// Measured by the server's own counters around each operation: no statement is listed twice.
#include <functional>

#include "idempotency/store.h"
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

struct Cost {
  std::int64_t scanned = 0;  // rows read in the order of the table, without an index
  std::int64_t stepped = 0;  // rows read by stepping along an index
  std::int64_t sorted = 0;   // rows that had to be sorted
};
std::ostream& operator<<(std::ostream& out, const Cost& c) {
  return out << c.scanned << " scanned, " << c.stepped << " stepped over, " << c.sorted
             << " sorted";
}

class Statements : public World {
 protected:
  static constexpr int kMany = 4000;
  QueueId queue = make_queue(200);
  Show show = make_show(queue, 2000);
  Person ann = enter(queue, 1'000'000);
  queue::Admission ann_inside = ann.admission();
  Cost watching;  // what reading the counters itself adds

  Statements() {
    fill();
    const auto a = counters(), b = counters();
    watching = minus(b, a);
  }
  // The rows are many, and not what the audit would call sound.
  void TearDown() override {}

  void fill() {
    const auto run = [&](const std::string& sql) { db.command(sql); };
    const std::string seq = " FROM seq_1_to_" + std::to_string(kMany);
    const std::string q = std::to_string(queue.value), c = std::to_string(show.concert.id.value),
                      e = std::to_string(show.session.id.value);
    run("INSERT INTO account (uuid, name) SELECT UUID(), CONCAT('many ', seq)" + seq);
    run("INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, token_expires_at, "
        "admitted_at, ended_at) SELECT " + q + ", 100 + seq, 1000000 + seq, UUID(), "
        "IF(seq <= 3000, 'COMPLETED', 'WAITING'), NOW(6), NOW(6) + INTERVAL 1 DAY, "
        "IF(seq <= 3000, NOW(6), NULL), IF(seq <= 3000, NOW(6), NULL)" + seq);
    run("INSERT INTO departure (queue_id, version, number) SELECT " + q + ", seq, 100 + seq" + seq);
    run("INSERT INTO visit (queue_id, number, user_id, admitted_at, ends_at) SELECT " + q +
        ", 100 + seq, 1000000 + seq, NOW(6), NOW(6) + INTERVAL 1 HOUR FROM seq_1_to_150");
    run("UPDATE queue SET inside = 151, served_no = 3100, departures = 4000 WHERE id = " + q);
    run("ALTER SEQUENCE ticket_number_" + q + " RESTART 10000");
    run("INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status, "
        "created_at, hold_until) SELECT seq, " + c + ", " + e + ", 1, 1000, "
        "ELT(1 + seq % 3, 'CONFIRMED', 'CANCELED', 'EXPIRED'), NOW(6), NOW(6)" + seq);
    run("INSERT INTO reservation_seat SELECT id, 1, 1000 FROM reservation");
    run("INSERT INTO payment (reservation_id, user_id, amount, paid_at) "
        "SELECT id, user_id, total, NOW(6) FROM reservation");
    run("INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) "
        "SELECT seq, 'CHARGE', 1, 1, NOW(6)" + seq);
    run("INSERT INTO idempotency "
        "SELECT seq, 'e', UUID(), UNHEX(SHA2(seq, 256)), 200, '{}', NOW(6)" + seq);
    run("INSERT INTO concert (name, queue_id, reservation_open_at, reservation_close_at) SELECT "
        "'many', " + q + ", NOW(6) - INTERVAL 1 DAY, NOW(6) + INTERVAL 1 DAY FROM seq_1_to_1000");
    run("INSERT INTO session (concert_id, starts_at, cancel_until, seat_count) SELECT id, "
        "NOW(6) + INTERVAL 7 DAY, NOW(6) + INTERVAL 6 DAY, 0 FROM concert WHERE id <> " + c);
    run("ANALYZE TABLE account, ticket, departure, visit, reservation, reservation_seat, payment, "
        "ledger, idempotency, concert, session, seat");
  }

  Cost counters() {
    Cost out;
    for (const auto& row : db.query(
             "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_rnd_next', "
             "'Handler_read_next', 'Handler_read_prev', 'Sort_rows')")) {
      const auto& name = row.text(0);
      const std::int64_t value = std::stoll(row.text(1));
      if (name == "Handler_read_rnd_next") out.scanned += value;
      if (name == "Handler_read_next" || name == "Handler_read_prev") out.stepped += value;
      if (name == "Sort_rows") out.sorted += value;
    }
    return out;
  }
  static Cost minus(const Cost& a, const Cost& b) {
    return {a.scanned - b.scanned, a.stepped - b.stepped, a.sorted - b.sorted};
  }
  Cost cost_of(const std::function<void()>& operation) {
    const auto before = counters();
    operation();
    return minus(minus(counters(), before), watching);
  }
  // A hot operation touches a handful of rows, however many there are.
  void expect_cheap(const char* name, const std::function<void()>& operation,
                    std::int64_t steps_max = 30) {
    const Cost cost = cost_of(operation);
    // An UPDATE of a join, and a list of seats, keep their rows in a small table of their own, and
    // read that through.
    EXPECT_LE(cost.scanned, 12) << name << ": " << cost;
    EXPECT_LE(cost.stepped, steps_max) << name << ": " << cost;
    EXPECT_EQ(cost.sorted, 0) << name << ": " << cost;
  }
};

TEST_F(Statements, OfTheLineReadByIndex) {
  Person bob;
  expect_cheap("join", [&] { bob = join(db, queue, {2'000'000}); });
  expect_cheap("join again", [&] { join(db, queue, {2'000'000}); });
  expect_cheap("look", [&] { (void)queue::load_snapshot(db, queue); });
  expect_cheap("place", [&] { (void)queue::load_place(db, bob.place); });
  expect_cheap("progress", [&] { (void)queue::progress(db, queue).value(); });
  expect_cheap("news of departures", [&] { queue::load_departures(db, queue, 3995, TicketNumber{0}); });
  expect_cheap("leave", [&] {
    db::transact(db, [&](db::Tx& tx) { return queue::leave_line(tx, bob.claims); }).value();
  });
  expect_cheap("enter", [&] { queue::enter(db, ann.claims).value(); });
  expect_cheap("advance", [&] { EXPECT_EQ(queue::advance(db, queue).admitted, 49); }, 400);
  expect_cheap("advance without room", [&] { queue::advance(db, queue); });
}

TEST_F(Statements, OfHoldingPayingAndCancellingReadByIndex) {
  std::optional<booking::Hold> held;
  expect_cheap("hold", [&] { held = hold(ann, show, {5, 6, 7, 8}).value(); }, 60);
  expect_cheap("find", [&] { (void)booking::find(db, held->reservation, ann.user).value(); });
  expect_cheap("taken", [&] { EXPECT_FALSE(hold(ann, show, {7, 8, 9, 10})); }, 60);
  expect_cheap("pay", [&] { pay(ann, held->reservation).value(); }, 60);
  expect_cheap("list", [&] { booking::load_of_user(db, ann.user, INT64_MAX, 20); });
  expect_cheap("cancel", [&] { cancel(ann, held->reservation).value(); }, 60);
  expect_cheap("nothing lapsed", [&] { booking::expire_batch(db, 200); });
}

TEST_F(Statements, OfMoneyAccountsAndAnswersReadByIndex) {
  expect_cheap("charge", [&] {
    db::transact(db, [&](db::Tx& tx) {
      return wallet::charge(tx, ann.user, Won{10}, kChargeLimits);
    }).value();
  });
  expect_cheap("balance", [&] { (void)wallet::balance(db, ann.user).value(); });
  expect_cheap("history", [&] { (void)wallet::history(db, ann.user, INT64_MAX, 20).value(); });
  expect_cheap("log in", [&] { (void)account::find_by_name(db, "many 7"); });
  const idempotency::Key key{ann.user, "e", "k", std::string(32, 'f')};
  expect_cheap("replay", [&] {
    (void)idempotency::find(db, key);
    db::transact(db, [&](db::Tx& tx) -> Result<Done> {
      idempotency::begin(tx, key);
      idempotency::finish(tx, key, 200, "{}");
      return Done{};
    }).value();
  });
  expect_cheap("forget", [&] {
    db::transact(db, [&](db::Tx& tx) -> Result<std::int64_t> {
      return idempotency::forget(tx, 24, 200);
    }).value();
  });
}

TEST_F(Statements, OfConcertsReadOnlyTheSeatsThatTheyShow) {
  expect_cheap("concerts", [&] { seating::load_concerts(db, {0}, 20); });
  expect_cheap("session of a date", [&] {
    const auto moment = seating::moment_of(local_date(show.session.starts_at), "d").value();
    (void)seating::showing_on(db, ann_inside, show.concert.id, moment).value();
  });
  expect_cheap("sessions on sale", [&] { (void)seating::on_sale(db, ann_inside, show.concert.id).value(); });
  expect_cheap("seats", [&] { seating::load_seats(db, show.session.id); }, 2010);
  expect_cheap("free seats", [&] { seating::count_seats(db, show.session.id); }, 2010);
}

// The control: a statement without an index is seen.
TEST_F(Statements, ThatScanAreNoticed) {
  EXPECT_GE(cost_of([&] { db.query("SELECT id FROM account WHERE email = 'x'"); }).scanned, kMany);
  EXPECT_GE(cost_of([&] { db.query("SELECT id FROM ledger ORDER BY created_at LIMIT 1"); }).scanned,
            kMany);
  EXPECT_GE(cost_of([&] { db.query("SELECT id FROM ledger ORDER BY amount"); }).sorted, kMany);
}

}  // namespace
