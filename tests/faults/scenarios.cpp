#include "faults/scenarios.h"

#include "account/password.h"

namespace boxoffice::faults {
namespace {

Call with_key(Call call) {
  call.key = "the-key";
  return call;
}

Call session_call(const char* function, const char* method, const Hall& hall, const Person& person,
                  std::string body = {}) {
  return {function, method,
          {{"concertId", text(hall.concert.value)}, {"sessionId", text(hall.session.value)},
           {"date", hall.date}},
          std::move(body), person.place, {}, {}};
}

// ---- the line

Call get_token_new(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  return {"envelope-get-token", "POST", {},
          "{\"username\":\"new\",\"concertId\":" + text(hall.concert.value) + "}", {}, {}, {}};
}
Call get_token_known(Stage& stage) {
  stage.hall(5, 10);
  const auto p = stage.person();
  return {"envelope-get-token", "POST", {}, "{\"username\":\"" + p.name + "\"}", {}, p.access, {}};
}
Call join_as(const Hall& hall, const Person& p) {
  return {"v1-queue-join", "POST", {},
          "{\"userId\":" + text(p.id.value) + ",\"concertId\":" + text(hall.concert.value) + "}", {},
          p.access, {}};
}
Call join(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  return join_as(hall, stage.person());
}
// They wait, and the token that they were given is over: the same place gets a new one.
Call join_again(Stage& stage) {
  const auto hall = stage.hall(5, 0);
  auto p = stage.person();
  stage.wait_in_line(p, QueueId{1});
  stage.connection().change("UPDATE ticket SET token_expires_at = NOW(6) - INTERVAL 1 SECOND");
  return join_as(hall, p);
}
// The caller is next, and there is room: asking lets them in.
Person next_in_line(Stage& stage) {
  stage.hall(5, 2);
  auto gone = stage.person(), p = stage.person();
  stage.let_in(gone, QueueId{1});
  stage.connection().change("UPDATE visit SET ends_at = NOW(6) - INTERVAL 1 SECOND");
  stage.wait_in_line(p, QueueId{1});
  return p;
}
Call status(Stage& stage) { return {"v1-queue-status", "GET", {}, {}, next_in_line(stage).place, {}, {}}; }
Call check(Stage& stage) { return {"envelope-check", "GET", {}, {}, next_in_line(stage).place, {}, {}}; }
Call leave_waiting(Stage& stage) {
  stage.hall(5, 0);
  auto p = stage.person(), other = stage.person();
  stage.wait_in_line(p, QueueId{1});
  stage.wait_in_line(other, QueueId{1});
  return {"v1-queue-leave", "DELETE", {}, {}, p.place, {}, {}};
}
Call leave_inside(Stage& stage) {
  stage.hall(5, 1);
  auto p = stage.person(), other = stage.person();
  stage.let_in(p, QueueId{1});
  stage.wait_in_line(other, QueueId{1});
  return {"v1-queue-leave", "DELETE", {}, {}, p.place, {}, {}};
}
Call progress(Stage& stage) {
  stage.hall(5, 1);
  return {"v1-queue-progress", "GET", {}, {}, {}, {}, {}};
}

// ---- holds

Call hold(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1}, false);  // not claimed yet: this is the first protected call
  return session_call("v1-reservation-create", "POST", hall, p,
                      "{\"seatIds\":[" + text(hall.seat_id(3)) + "," + text(hall.seat_id(1)) + "]}");
}
Call hold_with_key(Stage& stage) { return with_key(hold(stage)); }
// One seat of the two was held by somebody whose time is over.
Call hold_over_lapsed(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  auto other = stage.person(), p = stage.person();
  stage.let_in(other, QueueId{1});
  stage.let_in(p, QueueId{1});
  stage.lapse(stage.hold(other, hall, {1}));
  return with_key(session_call("envelope-book-seat", "POST", hall, p,
                               "{\"concertAt\":\"" + hall.date +
                                   "\",\"reservationAmount\":2000,\"seatNumbers\":[\"1\",\"2\"]}"));
}

// One of the two is somebody else's.
Call hold_taken(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  auto other = stage.person(), p = stage.person();
  stage.let_in(other, QueueId{1});
  stage.let_in(p, QueueId{1});
  stage.hold(other, hall, {2});
  return session_call("v1-reservation-create", "POST", hall, p,
                      "{\"seatIds\":[" + text(hall.seat_id(1)) + "," + text(hall.seat_id(2)) + "]}");
}
Call hold_taken_with_key(Stage& stage) { return with_key(hold_taken(stage)); }
Call hold_too_many(Stage& stage) {
  const auto hall = stage.hall(20, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1});
  stage.hold(p, hall, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  return session_call("v1-reservation-create", "POST", hall, p,
                      "{\"seatIds\":[" + text(hall.seat_id(11)) + "]}");
}
// Another session a minute away, on the same day.
Call hold_on_ambiguous_date(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1});
  stage.connection().change(
      "INSERT INTO session (concert_id, starts_at, cancel_until, seat_count) SELECT concert_id, "
      "starts_at + INTERVAL IF(HOUR(starts_at + INTERVAL 9 HOUR) < 12, 1, -1) MINUTE, cancel_until, "
      "seat_count FROM session WHERE id = ?", hall.session);
  return session_call("envelope-book-seat", "POST", hall, p,
                      "{\"concertAt\":\"" + hall.date +
                          "\",\"reservationAmount\":1000,\"seatNumbers\":[\"1\"]}");
}

struct Held {
  Hall hall;
  Person person;
  std::int64_t reservation;
};
Held held(Stage& stage) {
  Held out{stage.hall(5, 1), stage.person(5'000), 0};
  stage.let_in(out.person, QueueId{1});
  out.reservation = stage.hold(out.person, out.hall, {2, 4});
  auto next = stage.person();
  stage.wait_in_line(next, QueueId{1});  // gets the room that a payment leaves
  return out;
}
Call cancel_hold(Stage& stage) {
  const auto h = held(stage);
  return {"v1-reservation-cancel", "DELETE", {{"reservationId", text(h.reservation)}}, {}, {},
          h.person.access, {}};
}
Call cancel_paid(Stage& stage) {
  const auto h = held(stage);
  stage.pay(h.person, h.reservation);
  return with_key({"v1-reservation-cancel", "DELETE", {{"reservationId", text(h.reservation)}}, {}, {},
                   h.person.access, {}});
}

// ---- money

Call pay(Stage& stage) {
  const auto h = held(stage);
  return {"v1-payment-create", "POST", {}, "{\"reservationId\":" + text(h.reservation) + "}",
          h.person.place, {}, {}};
}
Call pay_with_key(Stage& stage) { return with_key(pay(stage)); }
Call pay_envelope(Stage& stage) {
  const auto h = held(stage);
  return with_key({"envelope-pay", "POST", {{"reservationId", text(h.reservation)}},
                   "{\"payAmount\":2000}", h.person.place, {}, {}});
}
Call charge_as(Stage& stage, const char* function) {
  const auto p = stage.person(700);
  return {function, "PATCH", {{"userId", text(p.id.value)}}, "{\"amount\":300}", {}, p.access, {}};
}
Call charge(Stage& stage) { return charge_as(stage, "v1-point-charge"); }
Call charge_with_key(Stage& stage) { return with_key(charge(stage)); }
Call charge_envelope(Stage& stage) { return with_key(charge_as(stage, "envelope-charge")); }
// The deed was done before: what is asked for is its answer.
Call charge_again(Stage& stage) {
  const auto call = charge_with_key(stage);
  with_worker(call.function, [&](const Ask& ask) { ask(call); });
  return call;
}

// ---- what only reads

Call read_as(Stage& stage, const char* function) {
  const auto h = held(stage);
  stage.pay(h.person, h.reservation);
  return {function, "GET",
          {{"userId", text(h.person.id.value)}, {"reservationId", text(h.reservation)},
           {"concertId", text(h.hall.concert.value)}, {"sessionId", text(h.hall.session.value)},
           {"date", h.hall.date}},
          {}, {}, h.person.access, {}};
}
Call reservation_get(Stage& stage) { return read_as(stage, "v1-reservation-get"); }
Call reservation_list(Stage& stage) { return read_as(stage, "v1-reservation-list"); }
Call point_balance(Stage& stage) { return read_as(stage, "v1-point-balance"); }
Call point_histories(Stage& stage) { return read_as(stage, "v1-point-histories"); }
Call histories(Stage& stage) { return read_as(stage, "envelope-histories"); }
Call balance(Stage& stage) { return read_as(stage, "envelope-balance"); }
Call concert_list(Stage& stage) { return read_as(stage, "v1-concert-list"); }

Call look_as(Stage& stage, const char* function) {
  const auto hall = stage.hall(5, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1}, false);
  return session_call(function, "GET", hall, p);
}
Call dates(Stage& stage) { return look_as(stage, "envelope-dates"); }
Call seats(Stage& stage) { return look_as(stage, "envelope-seats"); }
Call session_list(Stage& stage) { return look_as(stage, "v1-session-list"); }
Call seat_list(Stage& stage) { return look_as(stage, "v1-seat-list"); }

// ---- people, jobs

Call user_create(Stage&) { return {"v1-user-create", "POST", {}, "{\"name\":\"new\"}", {}, {}, {}}; }
Call user_create_known(Stage& stage) {
  return {"v1-user-create", "POST", {}, "{\"name\":\"" + stage.person().name + "\"}", {}, {}, {}};
}
Call log_in_with(Stage& stage, const std::string& password) {
  static const auto hash = password::hash("the password");  // once: it takes its time by design
  const auto p = stage.person();
  stage.connection().change("UPDATE account SET password_hash = ? WHERE id = ?", hash, p.id);
  return {"v1-auth-token", "POST", {},
          "{\"name\":\"" + p.name + "\",\"password\":\"" + password + "\"}", {}, {}, {}};
}
Call log_in(Stage& stage) { return log_in_with(stage, "the password"); }
Call log_in_wrongly(Stage& stage) { return log_in_with(stage, "another password"); }
Call ready(Stage&) { return {"ops-readyz", "GET", {}, {}, {}, {}, {}}; }
Call metrics(Stage&) { return {"ops-metrics", "GET", {}, {}, {}, {}, {}}; }
Call expire(Stage& stage) {
  const auto hall = stage.hall(5, 10);
  auto p = stage.person();
  stage.let_in(p, QueueId{1});
  stage.lapse(stage.hold(p, hall, {1, 2}));
  stage.lapse(stage.hold(p, hall, {4}));
  return {"job-expire", {}, {}, {}, {}, {}, {}};
}
Call advance(Stage& stage) {
  next_in_line(stage);
  return {"job-advance", {}, {}, {}, {}, {}, {}};
}
Call cleanup(Stage& stage) {
  charge_again(stage);
  stage.connection().change("UPDATE idempotency SET created_at = NOW(6) - INTERVAL 25 HOUR");
  return {"job-cleanup", {}, {}, {}, {}, {}, {}};
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"getToken, a new user", get_token_new, 200, true},
      {"getToken, a known user", get_token_known, 200, true},
      {"join", join, 201, true},
      {"join again, the token is over", join_again, 201, true},
      {"status, next in line", status, 200},
      {"check, next in line", check, 200},
      {"leave, waiting", leave_waiting, 204},
      {"leave, inside", leave_inside, 204},
      {"progress", progress, 200},
      {"hold", hold, 201},
      {"hold with key", hold_with_key, 201},
      {"hold over a lapsed one, envelope", hold_over_lapsed, 200},
      {"hold, SEAT_TAKEN", hold_taken, 409},
      {"hold with key, SEAT_TAKEN", hold_taken_with_key, 409},
      {"hold, TOO_MANY_SEATS", hold_too_many, 400},
      {"hold, AMBIGUOUS_DATE, envelope", hold_on_ambiguous_date, 409},
      {"cancel a hold", cancel_hold, 200},
      {"cancel a payment, with key", cancel_paid, 200},
      {"pay", pay, 201},
      {"pay with key", pay_with_key, 201},
      {"pay with key, envelope", pay_envelope, 200},
      {"charge", charge, 200},
      {"charge with key", charge_with_key, 200},
      {"charge with key, envelope", charge_envelope, 200},
      {"charge, answered before", charge_again, 200},
      {"reservation", reservation_get, 200},
      {"reservations", reservation_list, 200},
      {"balance", point_balance, 200},
      {"balance, envelope", balance, 200},
      {"histories", point_histories, 200},
      {"histories, envelope", histories, 200},
      {"concerts", concert_list, 200},
      {"dates", dates, 200},
      {"seats, envelope", seats, 200},
      {"sessions", session_list, 200},
      {"seats", seat_list, 200},
      {"register", user_create, 201},
      {"register, NAME_TAKEN", user_create_known, 409},
      {"log in", log_in, 200},
      {"log in, CREDENTIALS_INVALID", log_in_wrongly, 401},
      {"ready", ready, 200},
      {"metrics", metrics, 200},
      {"job-expire", expire, 200, true},
      {"job-advance", advance, 200, true},
      {"job-cleanup", cleanup, 200, true},
  };
  return all;
}

}  // namespace boxoffice::faults
