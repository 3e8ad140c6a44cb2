#include "rehearsal/store.h"

namespace boxoffice::rehearsal {
namespace {

constexpr auto kCounts =
    "SELECT (SELECT COUNT(*) FROM ticket WHERE queue_id = ? AND state = 'WAITING'), "
    "(SELECT COUNT(*) FROM visit WHERE queue_id = ? AND ends_at > NOW(6)), "
    "CAST(COALESCE(SUM(state = 'HELD' AND hold_until > NOW(6)), 0) AS SIGNED), "
    "CAST(COALESCE(SUM(state = 'SOLD'), 0) AS SIGNED) FROM seat WHERE session_id = ?";
constexpr auto kPlaces =
    "SELECT number, state, joined_at, admitted_at, ended_at FROM ticket WHERE queue_id = ? "
    "ORDER BY number";
constexpr auto kPurses =
    "SELECT a.id, a.balance, "
    "CAST(COALESCE(SUM(IF(l.kind = 'CHARGE', l.amount, 0)), 0) AS SIGNED), "
    "CAST(COALESCE(SUM(IF(l.kind = 'USE', -l.amount, 0)), 0) AS SIGNED), "
    "CAST(COALESCE(SUM(IF(l.kind = 'REFUND', l.amount, 0)), 0) AS SIGNED) "
    "FROM account a LEFT JOIN ledger l ON l.user_id = a.id WHERE a.name LIKE ? "
    "GROUP BY a.id, a.balance ORDER BY a.id";
constexpr auto kSold =
    "SELECT s.number, r.user_id, s.price FROM seat s JOIN reservation r ON r.id = s.reservation_id "
    "WHERE s.session_id = ? AND s.state = 'SOLD' ORDER BY s.number";
constexpr auto kPeople =
    "SELECT (SELECT COUNT(*) FROM ticket WHERE state = 'WAITING') + "
    "(SELECT COUNT(*) FROM visit WHERE ends_at > NOW(6))";
constexpr auto kRuns = "SELECT id, name FROM queue WHERE name LIKE ? ORDER BY id";
constexpr auto kEntangled =
    "SELECT (SELECT COUNT(*) FROM account a JOIN reservation r ON r.user_id = a.id "
    " JOIN concert c ON c.id = r.concert_id WHERE a.name LIKE ? AND c.queue_id <> ?) + "
    "(SELECT COUNT(*) FROM concert c JOIN session e ON e.concert_id = c.id "
    " JOIN seat s ON s.session_id = e.id JOIN reservation r ON r.id = s.reservation_id "
    " JOIN account a ON a.id = r.user_id WHERE c.queue_id = ? AND a.name NOT LIKE ?) + "
    "(SELECT COUNT(*) FROM ticket t JOIN account a ON a.id = t.user_id "
    " WHERE t.queue_id = ? AND a.name NOT LIKE ?)";
constexpr auto kUsers = "SELECT id FROM account WHERE name LIKE ? ORDER BY id";
constexpr auto kEvents =
    "SELECT o.id, r.id FROM outbox o "
    "JOIN reservation r ON r.id = CAST(JSON_VALUE(o.payload, '$.reservationId') AS SIGNED) "
    "JOIN concert c ON c.id = r.concert_id WHERE c.queue_id = ?";

// A statement that ends in ` IN`, with its list: `(?, ?, …)` and the parameters.
struct Listed {
  std::string sql;
  std::vector<db::Value> values;
};
template <class T>
Listed listed(std::string sql, const std::vector<T>& ids) {
  std::vector<db::Value> values;
  for (const auto& id : ids) {
    sql += values.empty() ? " (?" : ", ?";
    values.push_back(db::to_value(id));
  }
  return {sql + ")", std::move(values)};
}

template <class T>
std::int64_t change_in(db::Tx& tx, const std::string& sql, const std::vector<T>& ids) {
  if (ids.empty()) return 0;
  auto list = listed(sql, ids);
  return tx->change_list(list.sql, std::move(list.values));
}

std::string beginning(const std::string& names) { return names + "%"; }

}  // namespace

Counts load_counts(db::Connection& connection, QueueId queue, SessionId session) {
  const auto row = connection.row(kCounts, queue, queue, session);
  return {row->integer(0), row->integer(1), row->integer(2), row->integer(3)};
}

std::vector<Place> load_places(db::Connection& connection, QueueId queue) {
  std::vector<Place> out;
  for (const auto& r : connection.query(kPlaces, queue)) {
    out.push_back(
        {r.id<TicketNumber>(0), r.text(1), r.instant(2), r.maybe_instant(3), r.maybe_instant(4)});
  }
  return out;
}

std::vector<Purse> load_purses(db::Connection& connection, const std::string& names) {
  std::vector<Purse> out;
  for (const auto& r : connection.query(kPurses, beginning(names))) {
    out.push_back({r.id<UserId>(0), r.integer(1), r.integer(2), r.integer(3), r.integer(4)});
  }
  return out;
}

std::vector<SoldSeat> load_sold(db::Connection& connection, SessionId session) {
  std::vector<SoldSeat> out;
  for (const auto& r : connection.query(kSold, session)) {
    out.push_back({r.id<SeatNumber>(0), r.id<UserId>(1), r.integer(2)});
  }
  return out;
}

std::int64_t count_people_in_lines(db::Connection& connection) {
  return connection.row(kPeople)->integer(0);
}

std::vector<Run> load_runs(db::Connection& connection, const std::string& names) {
  std::vector<Run> out;
  for (const auto& r : connection.query(kRuns, beginning(names))) {
    out.push_back({r.id<QueueId>(0), r.text(1)});
  }
  return out;
}

std::int64_t count_entangled(db::Connection& connection, QueueId queue, const std::string& names) {
  const auto fans = beginning(names);
  return connection.row(kEntangled, fans, queue, queue, fans, queue, fans)->integer(0);
}

std::vector<UserId> load_users(db::Connection& connection, const std::string& names) {
  std::vector<UserId> out;
  for (const auto& r : connection.query(kUsers, beginning(names))) out.push_back(r.id<UserId>(0));
  return out;
}

std::vector<Event> load_events(db::Connection& connection, QueueId queue) {
  std::vector<Event> out;
  for (const auto& r : connection.query(kEvents, queue)) {
    out.push_back({r.integer(0), r.id<ReservationId>(1)});
  }
  return out;
}

// REQUIRES: somebody is listed.
std::vector<ReservationId> load_reservations(db::Tx& tx, const std::vector<UserId>& users) {
  std::vector<ReservationId> out;
  auto list = listed("SELECT id FROM reservation WHERE user_id IN", users);
  for (const auto& r : tx->query_list(list.sql, std::move(list.values))) {
    out.push_back(r.id<ReservationId>(0));
  }
  return out;
}

void delete_users(db::Tx& tx, QueueId queue, const std::vector<UserId>& users,
                  const std::vector<ReservationId>& reservations,
                  const std::vector<std::int64_t>& events) {
  const auto of_queue = " WHERE queue_id = " + std::to_string(queue.value) + " AND user_id IN";
  const auto ended = change_in(tx, "DELETE FROM visit" + of_queue, users);
  tx->change("UPDATE queue SET inside = inside - ? WHERE id = ?", ended, queue);
  change_in(tx, "DELETE FROM ticket" + of_queue, users);
  change_in(
      tx,
      "UPDATE seat s JOIN reservation r ON r.id = s.reservation_id AND r.session_id = s.session_id "
      "JOIN reservation_seat l ON l.reservation_id = r.id AND l.number = s.number "
      "SET s.state = 'FREE', s.reservation_id = NULL, s.hold_until = NULL WHERE r.id IN",
      reservations);
  change_in(tx, "DELETE FROM reservation_seat WHERE reservation_id IN", reservations);
  change_in(tx, "DELETE FROM payment WHERE reservation_id IN", reservations);
  change_in(tx, "DELETE FROM reservation WHERE id IN", reservations);
  change_in(tx, "DELETE FROM ledger WHERE user_id IN", users);
  change_in(tx, "DELETE FROM idempotency WHERE user_id IN", users);
  change_in(tx, "DELETE FROM outbox WHERE id IN", events);
  change_in(tx, "DELETE FROM account WHERE id IN", users);
}

void delete_stage(db::Tx& tx, QueueId queue) {
  tx->change(
      "DELETE s FROM seat s JOIN session e ON e.id = s.session_id "
      "JOIN concert c ON c.id = e.concert_id WHERE c.queue_id = ?",
      queue);
  tx->change(
      "DELETE w FROM seat_version w JOIN session e ON e.id = w.session_id "
      "JOIN concert c ON c.id = e.concert_id WHERE c.queue_id = ?",
      queue);
  tx->change("DELETE e FROM session e JOIN concert c ON c.id = e.concert_id WHERE c.queue_id = ?",
             queue);
  tx->change("DELETE FROM concert WHERE queue_id = ?", queue);
  tx->change("DELETE FROM departure WHERE queue_id = ?", queue);
  tx->change("DELETE FROM visit WHERE queue_id = ?", queue);
  tx->change("DELETE FROM ticket WHERE queue_id = ?", queue);
  tx->change("DELETE FROM queue WHERE id = ?", queue);
}

void drop_sequence(db::Connection& connection, QueueId queue) {
  connection.command("DROP SEQUENCE IF EXISTS ticket_number_" + std::to_string(queue.value));
}

void take_time(db::Connection& connection) {
  connection.command("SET SESSION max_statement_time = 0");
}

}  // namespace boxoffice::rehearsal
