#include "faults/stage.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "audit/service.h"
#include "base/instant.h"
#include "queue/service.h"

namespace boxoffice::faults {
namespace {

constexpr std::int64_t kPrice = 1'000;

Config settings() {
  auto [config, problem] = read_config();
  if (!problem.empty()) throw std::runtime_error(problem);
  if (!set_time_zone(config.time_zone)) throw std::runtime_error("TIME_ZONE");
  return config;
}

// An audit reads every table through; it may take as long as it takes.
db::Access patient(const Config& config) {
  auto access = db::access_from(config);
  access.answer_seconds = 600;
  return access;
}

std::string key_of(const Config& config) {
  std::string key;
  if (!read_secret_file(config.token_key_file, key)) throw std::runtime_error("TOKEN_KEY_FILE");
  return key;
}

std::string text(const db::Value& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  return "-";
}

// What an operation can change. Ids and instants differ from run to run and are left out.
constexpr const char* kDigest[] = {
    "SELECT 'account', COUNT(*), CAST(COALESCE(SUM(balance), 0) AS SIGNED) FROM account",
    "SELECT 'ledger', kind, COUNT(*), CAST(SUM(amount) AS SIGNED) FROM ledger GROUP BY kind",
    "SELECT 'reservation', status, COUNT(*), CAST(SUM(total) AS SIGNED) FROM reservation GROUP BY status",
    "SELECT 'listed', COUNT(*), CAST(COALESCE(SUM(number), 0) AS SIGNED) FROM reservation_seat",
    "SELECT 'seat', number, state FROM seat WHERE state <> 'FREE' ORDER BY session_id, number",
    "SELECT 'payment', status, COUNT(*), CAST(SUM(amount) AS SIGNED) FROM payment GROUP BY status",
    "SELECT 'ticket', state, COUNT(*) FROM ticket GROUP BY state",
    "SELECT 'visit', COUNT(*) FROM visit",
    "SELECT 'departure', COUNT(*) FROM departure",
    "SELECT 'queue', id, inside, departures FROM queue ORDER BY id",
    "SELECT 'idempotency', endpoint, COUNT(*), COUNT(status) FROM idempotency GROUP BY endpoint",
    "SELECT 'outbox', topic, COUNT(*) FROM outbox GROUP BY topic",
};

}  // namespace

std::int64_t Hall::seat_id(std::int64_t seat) const {
  return SeatKey{session, SeatNumber{seat}}.id();
}

Stage::Stage()
    : config_(settings()), connection_(patient(config_)), signer_(key_of(config_)) {
  wake();
}

void Stage::wake() {
  constexpr int kTries = 300;
  for (int i = 0;; ++i) {
    try {
      connection_.command("SET SESSION innodb_lock_wait_timeout = 20, max_statement_time = 0");
      return;
    } catch (const db::Fault&) {
      if (i == kTries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

void Stage::clear() {
  for (const char* table : {"outbox", "idempotency", "payment", "reservation_seat", "ledger", "seat",
                            "reservation", "departure", "visit", "ticket", "session", "concert",
                            "account"}) {
    connection_.change(std::string("DELETE FROM ") + table);
  }
  connection_.change("DELETE FROM queue WHERE id <> 1");
  connection_.change(
      "UPDATE queue SET capacity = 100, claim_seconds = 120, visit_seconds = 600, paused = 0, "
      "served_no = 0, admitted_no = 0, inside = 0, departures = 0, rate_per_minute = 0, "
      "measured_from = NULL, measured_at = NULL, capacity_set_at = NULL");
}

std::int64_t Stage::number(const std::string& sql) {
  const auto row = connection_.row(sql);
  return row && !row->null(0) ? row->integer(0) : 0;
}

Hall Stage::hall(std::int64_t seats, std::int64_t capacity, bool own_queue) {
  Hall out{QueueId{1}, {}, {}, seats, {}};
  if (own_queue) {
    out.queue = QueueId{number("SELECT MAX(id) + 1 FROM queue")};
    const auto id = std::to_string(out.queue.value);
    connection_.command("CREATE SEQUENCE IF NOT EXISTS ticket_number_" + id + " CACHE 100");
    connection_.change("INSERT INTO queue (id, name, capacity, claim_seconds, visit_seconds) "
                       "VALUES (?, ?, ?, 3600, 3600)", out.queue, token::new_uuid(), capacity);
  } else {
    connection_.change("UPDATE queue SET capacity = ? WHERE id = 1", capacity);
  }
  out.concert = connection_.row(
      "INSERT INTO concert (name, queue_id, reservation_open_at, reservation_close_at) "
      "VALUES ('a concert', ?, NOW(6) - INTERVAL 1 DAY, NOW(6) + INTERVAL 20 DAY) RETURNING id",
      out.queue)->id<ConcertId>(0);
  const auto session = connection_.row(
      "INSERT INTO session (concert_id, starts_at, cancel_until, seat_count) VALUES "
      "(?, NOW(6) + INTERVAL 30 DAY, NOW(6) + INTERVAL 29 DAY, ?) RETURNING id, starts_at",
      out.concert, seats);
  out.session = session->id<SessionId>(0);
  out.date = local_date(session->instant(1));
  connection_.change("INSERT INTO seat (session_id, number, price) SELECT ?, seq, ? "
                     "FROM seq_1_to_99999 WHERE seq <= ?", out.session, kPrice, seats);
  return out;
}

Person Stage::person(std::int64_t balance) {
  Person out;
  out.uuid = token::new_uuid();
  out.name = "p-" + out.uuid;
  out.id = connection_.row("INSERT INTO account (uuid, name, balance) VALUES (?, ?, ?) RETURNING id",
                           out.uuid, out.name, balance)->id<UserId>(0);
  if (balance > 0) {
    connection_.change("INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) "
                       "VALUES (?, 'CHARGE', ?, ?, NOW(6))", out.id, balance, balance);
  }
  const auto now = wall_clock().seconds();
  out.access = signer_.sign({out.uuid, out.id, token::new_uuid(), {}, now, now + 36'000});
  return out;
}

std::vector<Person> Stage::people(std::int64_t count, std::int64_t balance) {
  std::vector<Person> out;
  connection_.command("START TRANSACTION");
  for (std::int64_t i = 0; i < count; ++i) out.push_back(person(balance));
  connection_.command("COMMIT");
  return out;
}

std::vector<Person> Stage::crowd(std::int64_t count) {
  constexpr std::int64_t kLot = 50'000;
  std::vector<Person> out;
  const auto now = wall_clock().seconds();
  while (count > 0) {
    const auto last = number("SELECT MAX(id) FROM account");
    connection_.change("INSERT INTO account (uuid, name) SELECT UUID(), UUID() "
                       "FROM seq_1_to_50000 WHERE seq <= ?", std::min(count, kLot));
    for (const auto& row :
         connection_.query("SELECT id, uuid, name FROM account WHERE id > ? ORDER BY id", last)) {
      Person p{row.id<UserId>(0), row.text(1), row.text(2), {}, {}};
      p.access = signer_.sign({p.uuid, p.id, token::new_uuid(), {}, now, now + 36'000});
      out.push_back(std::move(p));
    }
    count -= kLot;
  }
  return out;
}

std::string Stage::ticket_token(Person& person, QueueId queue, const char* state) {
  const auto id = token::new_uuid();
  const bool inside = std::string_view(state) == "ADMITTED";
  const auto row = connection_.row(
      "INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, token_expires_at, "
      "admitted_at) VALUES (?, NEXTVAL(ticket_number_" + std::to_string(queue.value) + "), ?, ?, ?, "
      "NOW(6), NOW(6) + INTERVAL 10 HOUR, IF(?, NOW(6), NULL)) "
      "RETURNING number, joined_at, token_expires_at",
      queue, person.id, id, state, inside);
  person.ticket = {queue, row->id<TicketNumber>(0)};
  return signer_.sign({person.uuid, person.id, id, person.ticket, row->instant(1).seconds(),
                       row->instant(2).seconds()});
}

void Stage::wait_in_line(Person& person, QueueId queue) {
  person.place = ticket_token(person, queue, "WAITING");
}

void Stage::let_in(Person& person, QueueId queue, bool claimed) {
  person.place = ticket_token(person, queue, "ADMITTED");
  connection_.change(
      "INSERT INTO visit (queue_id, number, user_id, admitted_at, claimed_at, ends_at) VALUES "
      "(?, ?, ?, NOW(6), IF(?, NOW(6), NULL), NOW(6) + INTERVAL 3600 SECOND)",
      queue, person.ticket.number, person.id, claimed);
  connection_.change(
      "UPDATE queue SET inside = inside + 1, served_no = GREATEST(served_no, ?), "
      "admitted_no = GREATEST(admitted_no, ?) WHERE id = ?",
      person.ticket.number, person.ticket.number, queue);
}

std::int64_t Stage::hold(const Person& person, const Hall& hall,
                         const std::vector<std::int64_t>& seats) {
  const auto count = static_cast<std::int64_t>(seats.size());
  const auto row = connection_.row(
      "INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status, "
      "created_at, hold_until) VALUES (?, ?, ?, ?, ?, 'HELD', NOW(6), NOW(6) + INTERVAL 300 SECOND) "
      "RETURNING id, hold_until",
      person.id, hall.concert, hall.session, count, count * kPrice);
  for (const auto seat : seats) {
    connection_.change("INSERT INTO reservation_seat VALUES (?, ?, ?)", row->integer(0), seat, kPrice);
    connection_.change(
        "UPDATE seat SET state = 'HELD', reservation_id = ?, hold_until = ? "
        "WHERE session_id = ? AND number = ?",
        row->integer(0), row->instant(1), hall.session, seat);
  }
  return row->integer(0);
}

void Stage::pay(const Person& person, std::int64_t reservation) {
  const auto total =
      connection_.row("SELECT total FROM reservation WHERE id = ?", reservation)->integer(0);
  connection_.change("UPDATE account SET balance = balance - ? WHERE id = ?", total, person.id);
  connection_.change(
      "INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at) "
      "SELECT id, 'USE', -?, balance, ?, NOW(6) FROM account WHERE id = ?",
      total, reservation, person.id);
  connection_.change("UPDATE seat SET state = 'SOLD', hold_until = NULL WHERE reservation_id = ?",
                     reservation);
  connection_.change("UPDATE reservation SET status = 'CONFIRMED' WHERE id = ?", reservation);
  connection_.change("INSERT INTO payment (reservation_id, user_id, amount, paid_at) "
                     "VALUES (?, ?, ?, NOW(6))", reservation, person.id, total);
  connection_.change(
      "INSERT INTO outbox (topic, payload, created_at) VALUES ('reservation.paid', "
      "JSON_OBJECT('reservationId', ?, 'userId', ?, 'amount', ?), NOW(6))",
      reservation, person.id, total);
}

void Stage::lapse(std::int64_t reservation) {
  connection_.change("UPDATE seat SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE reservation_id = ?",
                     reservation);
  connection_.change("UPDATE reservation r JOIN seat s ON s.reservation_id = r.id "
                     "SET r.hold_until = s.hold_until WHERE r.id = ?", reservation);
}

std::string Stage::broken() {
  const auto audit = audit::run(connection_, config_.max_seats_per_user);
  connection_.command("SET SESSION tx_isolation = 'READ-COMMITTED'");
  std::string out;
  for (const auto& finding : audit.findings) {
    if (!finding.rows.empty()) out += std::string(out.empty() ? "" : ", ") + finding.invariant->name;
  }
  return out;
}

std::string Stage::digest() {
  for (const auto queue : queue::load_queue_ids(connection_)) {
    // A connection that has just been lost may keep the queue's row for a moment yet.
    for (int i = 0; i < 2'000 && !queue::advance(connection_, queue).ran; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::string out;
  for (const char* sql : kDigest) {
    for (const auto& row : connection_.query(sql)) {
      for (const auto& value : row.values()) out += text(value) + " ";
      out += "\n";
    }
  }
  return out;
}

}  // namespace boxoffice::faults
