// Negative controls: each guard is taken away, one at a time, by rewriting its statement (or the
// procedure it stands in, or by dropping its key from the schema), and the trial that is there to
// protect it must complain. A trial that still passes without its guard would be worth nothing; and
// each must be silent with it.
#include <functional>
#include <gtest/gtest.h>
#include <iostream>

#include "booking/store.h"
#include "faults/injector.h"
#include "faults/routines.h"
#include "faults/scenarios.h"

namespace boxoffice::faults {
namespace {

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
  const auto first = ask(join_call(a)), second = ask(join_call(b));
  const auto number_of = [&](const Person& p) {
    return stage.number("SELECT number FROM ticket WHERE user_id = " + text(p.id.value));
  };
  return joined({status_is(first, 201, "joining"), status_is(second, 201, "joining after them"),
                 claim(number_of(a) <= number_of(b), "an inversion")});
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
  const char* complaint;  // what the trial must say: an answer of 500, say, is another matter
  std::vector<Mutation> mutations;
  std::vector<Change> changes = {};
  // Keys and checks are the last line: to see past a guard they are dropped with it, and put back.
  const char* drop = nullptr;
  const char* restore = nullptr;
};

void PrintTo(const Control& control, std::ostream* out) { *out << control.guard; }

const std::vector<Control> kControls = {
    {"seat: the UPDATE's condition", second_buyer_is_refused, "the second took what is held", {},
     {{"hold_take", "AND (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))", ""}}},
    {"payment: the clock read under the locks", lapsed_hold_is_not_paid,
     "paying a lapsed hold answered 201", {},
     {{"pay_look", "SELECT NOW(6), i.ends_at", "SELECT NOW(6) - INTERVAL 1 HOUR, i.ends_at"}}},
    {"payment: balance looked at, and its bound", poor_buyer_does_not_pay,
     "paying with too little answered 201", {},
     {{"pay_look", "a.balance, c.queue_id", "a.balance + 9000, c.queue_id"},
      {"pay_settle", " AND balance >= p_total AND balance - p_total = p_after", ""}},
     "ALTER TABLE account DROP CONSTRAINT balance_range",
     "ALTER TABLE account ADD CONSTRAINT balance_range CHECK (balance BETWEEN 0 AND 9007199254740991)"},
    // The bound stops it; that it came so far is our mistake.
    {"payment: balance looked at", poor_buyer_does_not_pay, "paying with too little answered 500", {},
     {{"pay_look", "a.balance, c.queue_id", "a.balance + 9000, c.queue_id"}}},
    {"charge: the balance's limit", balance_has_its_limit, "charging past the limit answered 200", {},
     {{"charge_account", "AND balance <= p_balance_max - p_amount", ""}}},
    {"payment: once a reservation, and its unique key", payment_happens_once,
     "the second payment answered 201", {},
     {{"pay_settle", "SET status = 'CONFIRMED' WHERE", "SET status = 'HELD' WHERE"},
      {"pay_settle", "SET s.state = 'SOLD', s.hold_until = NULL", "SET s.price = s.price + 1"}},
     "ALTER TABLE payment DROP KEY payment_once",
     "ALTER TABLE payment ADD UNIQUE KEY payment_once (reservation_id)"},
    {"line: one live place, and its unique key", one_place_a_user, "not one place",
     {{"AND t.live = 1", "AND t.live = 2"}}, {},
     "ALTER TABLE ticket DROP KEY ticket_one_live",
     "ALTER TABLE ticket ADD UNIQUE KEY ticket_one_live (queue_id, user_id, live)"},
    {"idempotency: the row", same_key_has_one_effect, "not one effect",
     {{"SET STATEMENT innodb_lock_wait_timeout = 0 FOR INSERT INTO idempotency (user_id, endpoint, "
       "idempotency_key, fingerprint, created_at) VALUES (?, ?, ?, ?, NOW(6))", "SELECT ?, ?, ?, ?"}}},
    {"line: the order of admission", the_first_in_line_goes_first, "not the first two were let in",
     {{"state = 'WAITING' ORDER BY number LIMIT", "state = 'WAITING' ORDER BY number DESC LIMIT"}}},
    {"line: the order of numbers", numbers_rise, "an inversion", {},
     {{"join_known", "'NEXTVAL(", "'1000000000 - NEXTVAL("}}},
    {"visit: its end", visit_is_over_when_it_is_over, "looking after the visit's end answered 200", {},
     {{"inside", "AND v.ends_at > NOW(6)", ""}}},
    {"visit: the capacity", hall_is_not_overfilled, "not two inside",
     {{"q.served_no, q.capacity,", "q.served_no, q.capacity + 3,"}}},
    {"hold: seats a user may have", seats_of_one_user_are_limited, "an eleventh seat answered 201", {},
     {{"hold_look", "CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED)", "CAST(0 AS SIGNED)"}}},
    {"refund: the reservation's state", money_comes_back_once, "the second cancellation answered 200",
     {{"SET status = 'CANCELED', closed_at", "SET closed_at"}}},
    {"transaction: the ROLLBACK after a fault", failed_call_leaves_nothing, "stored_answers",
     {{"ROLLBACK", "DO 0"}}},
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
  create_routines(stage.connection(), control.changes);
  mutate(control.mutations);
  const auto said = control.trial(stage);
  EXPECT_EQ(control.mutations.size(), mutated()) << "a statement reads otherwise now";
  mutate({});
  create_routines(stage.connection(), {});
  stage.clear();
  if (control.restore != nullptr) stage.connection().command(control.restore);
  EXPECT_NE(std::string::npos, said.find(control.complaint)) << "SURVIVED: " << control.guard << ": " << said;
  std::cout << "guard gone: " << control.guard << " -> caught: " << said.substr(0, 110) << "\n";
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
