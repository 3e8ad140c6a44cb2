// Negative controls: each guard is taken away, one at a time, by rewriting its statement (or the
// procedure it stands in, or by dropping its key from the schema), and the trial that is there to
// protect it must complain. A trial that still passes without its guard would be worth nothing; and
// each must be silent with it.
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iostream>
#include <sstream>

#include "booking/store.h"
#include "faults/injector.h"
#include "faults/scenarios.h"
#include "migration/rules.h"

namespace boxoffice::faults {
namespace {

std::string text(std::int64_t n) { return std::to_string(n); }

Answer ask(const Call& call) {
  Answer out;
  with_worker(call.function, [&](const Ask& send) { out = send(call); });
  return out;
}

std::string claim(bool holds, const std::string& what) { return holds ? "" : what + "; "; }
std::string status_is(const Answer& answer, int status, const std::string& what) {
  return claim(answer.status == status, what + " answered " + text(answer.status) + " " + answer.body);
}

// In the order in which they are written, which the operands of + would not be.
std::string joined(std::initializer_list<std::string> complaints) {
  std::string out;
  for (const auto& complaint : complaints) out += complaint;
  return out;
}

Call hold_call(const Hall& hall, const Person& person, std::int64_t seat) {
  return {"v1-reservation-create", "POST",
          {{"concertId", text(hall.concert.value)}, {"sessionId", text(hall.session.value)}},
          "{\"seatIds\":[" + text(hall.seat_id(seat)) + "]}", person.place, {}, {}};
}
Call pay_call(const Person& person, std::int64_t reservation) {
  return {"v1-payment-create", "POST", {}, "{\"reservationId\":" + text(reservation) + "}",
          person.place, {}, {}};
}
Call charge_call(const Person& person, std::int64_t amount, std::string key = {}) {
  return {"v1-point-charge", "PATCH", {{"userId", text(person.id.value)}},
          "{\"amount\":" + text(amount) + "}", {}, person.access, std::move(key)};
}
Call join_call(const Person& person) {
  return {"v1-queue-join", "POST", {}, "{\"userId\":" + text(person.id.value) + "}", {}, person.access, {}};
}

// ---- trials: what is wrong, or nothing

// The second has looked before the first took the seat: nothing but the taking itself can refuse.
std::string second_buyer_is_refused(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto first = stage.person(), second = stage.person();
  stage.let_in(first, QueueId{1});
  stage.let_in(second, QueueId{1});
  const auto held = ask(hold_call(hall, first, 1));
  const auto got = db::transact(stage.connection(), [&](db::Tx& tx) -> Result<std::int64_t> {
    const auto now = seating::load_now(tx.connection());
    const auto taken = booking::take(tx, {second.id, second.ticket, hall.concert, hall.session,
                                          Won{1'000}, now, now.plus_seconds(60), now}, {{1}});
    if (taken.got == 0) return refuse(ErrorCode::SEAT_TAKEN);
    return taken.got;
  });
  return joined({status_is(held, 201, "the first hold"),
                 claim(!got, "the second took what is held"), stage.broken()});
}

std::string lapsed_hold_is_not_paid(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto p = stage.person(5'000);
  stage.let_in(p, QueueId{1});
  const auto reservation = stage.hold(p, hall, {1});
  stage.lapse(reservation);
  return joined({status_is(ask(pay_call(p, reservation)), 409, "paying a lapsed hold"),
                 stage.broken()});
}

std::string poor_buyer_does_not_pay(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto p = stage.person(999);
  stage.let_in(p, QueueId{1});
  const auto reservation = stage.hold(p, hall, {1});
  return joined({status_is(ask(pay_call(p, reservation)), 409, "paying with too little"),
                 claim(stage.number("SELECT MIN(balance) FROM account") == 999, "the balance changed"),
                 stage.broken()});
}

std::string balance_has_its_limit(Stage& stage) {
  auto p = stage.person(stage.config().balance_max - 10);
  return joined({status_is(ask(charge_call(p, 11)), 409, "charging past the limit"),
                 status_is(ask(charge_call(p, 10)), 200, "charging up to the limit")});
}

std::string payment_happens_once(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto p = stage.person(5'000);
  stage.let_in(p, QueueId{1});
  const auto reservation = stage.hold(p, hall, {1});
  stage.connection().change("UPDATE visit SET ends_at = NOW(6) + INTERVAL 600 SECOND");
  const auto first = ask(pay_call(p, reservation));
  stage.let_in(p, QueueId{1});
  return joined({status_is(first, 201, "the payment"),
                 status_is(ask(pay_call(p, reservation)), 409, "the second payment"),
                 claim(stage.number("SELECT COUNT(*) FROM payment") == 1, "not one payment"),
                 stage.broken()});
}

std::string one_place_a_user(Stage& stage) {
  stage.hall(3, 0);
  auto p = stage.person();
  return joined({status_is(ask(join_call(p)), 201, "joining"),
                 status_is(ask(join_call(p)), 201, "joining again"),
                 claim(stage.number("SELECT COUNT(*) FROM ticket WHERE live = 1") == 1, "not one place"),
                 stage.broken()});
}

std::string same_key_has_one_effect(Stage& stage) {
  auto p = stage.person(100);
  const auto first = ask(charge_call(p, 50, "key")), second = ask(charge_call(p, 50, "key"));
  return joined({status_is(first, 200, "the charge"),
                 claim(first.body == second.body, "other bytes"),
                 claim(stage.number("SELECT SUM(balance) FROM account") == 150, "not one effect"),
                 stage.broken()});
}

std::string the_first_in_line_goes_first(Stage& stage) {
  stage.hall(3, 0);
  std::vector<Person> line;
  for (int i = 0; i < 4; ++i) {
    line.push_back(stage.person());
    stage.wait_in_line(line.back(), QueueId{1});
  }
  stage.connection().change("UPDATE ticket SET joined_at = NOW(6) - INTERVAL 1 HOUR");
  stage.connection().change("UPDATE queue SET capacity = 2 WHERE id = 1");
  ask({"job-advance", {}, {}, {}, {}, {}, {}});
  const auto last_in = stage.number("SELECT MAX(number) FROM ticket WHERE state = 'ADMITTED'");
  return joined({claim(last_in == line[1].ticket.number.value, "not the first two were let in"),
                 stage.broken()});
}

std::string numbers_rise(Stage& stage) {
  stage.hall(3, 0);
  const auto a = stage.person(), b = stage.person();
  ask(join_call(a));
  ask(join_call(b));
  const auto number_of = [&](const Person& p) {
    return stage.number("SELECT number FROM ticket WHERE user_id = " + text(p.id.value));
  };
  return joined({claim(number_of(a) < number_of(b), "an inversion")});
}

std::string visit_is_over_when_it_is_over(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto p = stage.person(5'000);
  stage.let_in(p, QueueId{1});
  stage.connection().change("UPDATE visit SET ends_at = NOW(6) - INTERVAL 1 SECOND");
  return joined({status_is(ask({"v1-seat-list", "GET",
                        {{"concertId", text(hall.concert.value)}, {"sessionId", text(hall.session.value)}},
                        {}, p.place, {}, {}}), 403, "looking after the visit's end"),
                 status_is(ask(hold_call(hall, p, 1)), 403, "holding after the visit's end")});
}

std::string hall_is_not_overfilled(Stage& stage) {
  stage.hall(3, 2);
  for (int i = 0; i < 6; ++i) {
    auto p = stage.person();
    stage.wait_in_line(p, QueueId{1});
  }
  ask({"job-advance", {}, {}, {}, {}, {}, {}});
  return joined({claim(stage.number("SELECT COUNT(*) FROM visit") == 2, "not two inside"),
                 stage.broken()});
}

std::string seats_of_one_user_are_limited(Stage& stage) {
  const auto hall = stage.hall(20, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1});
  stage.hold(p, hall, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  return joined({status_is(ask(hold_call(hall, p, 11)), 400, "an eleventh seat"),
                 stage.broken()});
}

std::string money_comes_back_once(Stage& stage) {
  const auto hall = stage.hall(3, 10);
  auto p = stage.person(5'000);
  const auto reservation = stage.hold(p, hall, {1});
  stage.pay(p, reservation);
  const Call cancel{"v1-reservation-cancel", "DELETE", {{"reservationId", text(reservation)}}, {}, {},
                    p.access, {}};
  return joined({status_is(ask(cancel), 200, "the cancellation"),
                 status_is(ask(cancel), 409, "the second cancellation"),
                 claim(stage.number("SELECT SUM(balance) FROM account") == 5'000, "not the money"),
                 stage.broken()});
}

// A lock wait that ran out leaves its transaction open; what was done before must not be kept.
std::string failed_call_leaves_nothing(Stage& stage) {
  auto p = stage.person(100);
  for (int nth = 1;; ++nth) {
    // With a key, so that the transaction is of several calls.
    const Call call = charge_call(p, 50, "key-" + text(nth));
    const auto before = stage.number("SELECT SUM(balance) FROM account");
    Answer answer;
    with_worker(call.function, [&](const Ask& send) {
      arm(Kind::lock_wait_open, nth);
      answer = send(call);
      disarm();
    });
    const auto done = stage.number("SELECT SUM(balance) FROM account") - before;
    const auto wrong = joined({claim(done == (answer.status == 200 ? 50 : 0),
                                     text(done) + " won charged instead of 50"),
                               stage.broken()});
    if (!wrong.empty() || fired() == 0) return wrong;
  }
}

// ---- guards

struct Control {
  const char* guard;
  std::string (*trial)(Stage&);
  std::vector<Mutation> mutations;
  // Keys and checks are the last line: to see past a guard they are dropped with it, and put back.
  const char* drop = nullptr;
  const char* restore = nullptr;
  std::vector<Mutation> routines = {};
};

// Creates the procedures anew, with every `find` in their texts replaced; how many there were.
int create_procedures(Stage& stage, const std::vector<Mutation>& mutations) {
  std::stringstream read;
  for (const char* name : {"/004_procedures.sql", "/005_join_known.sql", "/006_fewer_round_trips.sql"}) {
    read << std::ifstream(BOXOFFICE_SCHEMA + std::string(name)).rdbuf();
  }
  std::string sql = read.str();
  int found = 0;
  for (const auto& [find, put] : mutations) {
    for (auto at = sql.find(find); at != std::string::npos; at = sql.find(find, at + put.size())) {
      sql.replace(at, find.size(), put);
      ++found;
    }
  }
  for (const auto& statement : migration::split(sql)) stage.connection().command(statement);
  return found;
}

void PrintTo(const Control& control, std::ostream* out) { *out << control.guard; }

const std::vector<Control> kControls = {
    {"seat: the UPDATE's condition", second_buyer_is_refused, {}, nullptr, nullptr,
     {{"AND (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))", ""}}},
    {"payment: the clock read under the locks", lapsed_hold_is_not_paid, {}, nullptr, nullptr,
     {{"SELECT NOW(6), i.ends_at, COALESCE(", "SELECT NOW(6) - INTERVAL 1 HOUR, i.ends_at, COALESCE("}}},
    {"payment: balance looked at, and its bound", poor_buyer_does_not_pay,
     {},
     "ALTER TABLE account DROP CONSTRAINT balance_range",
     "ALTER TABLE account ADD CONSTRAINT balance_range CHECK (balance BETWEEN 0 AND 9007199254740991)",
     {{"a.balance, c.queue_id", "a.balance + 9000, c.queue_id"},
      {" AND balance >= p_total", ""}}},
    {"payment: balance looked at", poor_buyer_does_not_pay, {}, nullptr, nullptr,
     {{"a.balance, c.queue_id", "a.balance + 9000, c.queue_id"}}},
    {"charge: the balance's limit", balance_has_its_limit, {}, nullptr, nullptr,
     {{"AND balance <= p_balance_max - p_amount", ""}}},
    {"payment: once a reservation, and its unique key", payment_happens_once, {},
     "ALTER TABLE payment DROP KEY payment_once",
     "ALTER TABLE payment ADD UNIQUE KEY payment_once (reservation_id)",
     {{"SET status = 'CONFIRMED' WHERE", "SET status = 'HELD' WHERE"},
      {"SET s.state = 'SOLD', s.hold_until = NULL", "SET s.price = s.price + 1"}}},
    {"line: one live place, and its unique key", one_place_a_user,
     {{"AND t.live = 1", "AND t.live = 2"}},
     "ALTER TABLE ticket DROP KEY ticket_one_live",
     "ALTER TABLE ticket ADD UNIQUE KEY ticket_one_live (queue_id, user_id, live)"},
    {"idempotency: the row", same_key_has_one_effect,
     {{"SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO idempotency (user_id, endpoint, "
       "idempotency_key, fingerprint, created_at) VALUES (?, ?, ?, ?, NOW(6))", "SELECT ?, ?, ?, ?"}}},
    {"line: the order of admission", the_first_in_line_goes_first,
     {{"state = 'WAITING' ORDER BY number LIMIT", "state = 'WAITING' ORDER BY number DESC LIMIT"}}},
    {"line: the order of numbers", numbers_rise, {}, nullptr, nullptr,
     {{"'NEXTVAL(", "'1000000000 - NEXTVAL("}}},
    {"visit: its end, for looking and for holding", visit_is_over_when_it_is_over, {}, nullptr, nullptr,
     {{"AND v.ends_at > NOW(6)", ""}}},
    {"visit: the capacity", hall_is_not_overfilled,
     {{"q.served_no, q.capacity,", "q.served_no, q.capacity + 3,"}}},
    {"hold: seats a user may have", seats_of_one_user_are_limited, {}, nullptr, nullptr,
     {{"CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED)", "CAST(0 AS SIGNED)"}}},
    {"refund: the reservation's state", money_comes_back_once,
     {{"SET status = 'CANCELED', closed_at", "SET closed_at"}}},
    {"transaction: the ROLLBACK after a fault", failed_call_leaves_nothing, {{"ROLLBACK", "DO 0"}}},
};

class Guards : public ::testing::TestWithParam<Control> {};

TEST_P(Guards, TheSuiteSeesThatItIsGone) {
  const Control& control = GetParam();
  Stage stage;
  stage.clear();
  mutate({});
  EXPECT_EQ("", control.trial(stage)) << "the trial complains although the guard is there";

  stage.clear();
  if (control.drop != nullptr) stage.connection().command(control.drop);
  const int routines = create_procedures(stage, control.routines);
  mutate(control.mutations);
  const auto complaint = control.trial(stage);
  const int changed = mutated();
  mutate({});
  create_procedures(stage, {});
  stage.clear();
  if (control.restore != nullptr) stage.connection().command(control.restore);
  EXPECT_GE(changed, static_cast<int>(control.mutations.size())) << "the statement reads otherwise now";
  EXPECT_GE(routines, static_cast<int>(control.routines.size())) << "the procedure reads otherwise now";
  EXPECT_NE("", complaint) << "SURVIVED: " << control.guard;
  std::cout << "guard gone: " << control.guard << " -> caught: " << complaint.substr(0, 110) << "\n";
}

INSTANTIATE_TEST_SUITE_P(Mutants, Guards, ::testing::ValuesIn(kControls), [](const auto& chosen) {
  std::string name;
  for (const char* c = chosen.param.guard; *c != 0; ++c) {
    name += std::isalnum(static_cast<unsigned char>(*c)) != 0 ? *c : '_';
  }
  return name;
});

}  // namespace
}  // namespace boxoffice::faults
