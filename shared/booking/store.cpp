#include "booking/store.h"

namespace boxoffice::booking {
namespace {

#define RECORD_COLUMNS                                                               \
  "r.id, r.user_id, r.concert_id, r.session_id, r.seat_count, r.total, "             \
  "CAST(r.status AS UNSIGNED), r.created_at, r.hold_until"
#define SHOWN_COLUMNS                                                                \
  RECORD_COLUMNS ", NOW(6), c.name, e.starts_at, e.cancel_until, p.id, p.paid_at"
#define SHOWN_FROM                                                                   \
  " FROM reservation r JOIN concert c ON c.id = r.concert_id "                       \
  "JOIN session e ON e.id = r.session_id LEFT JOIN payment p ON p.reservation_id = r.id "

constexpr auto kInsert =
    "INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status, "
    "created_at, hold_until) VALUES (?, ?, ?, ?, ?, 'HELD', ?, ?) RETURNING id";
constexpr auto kLock = "SELECT " RECORD_COLUMNS " FROM reservation r WHERE r.id = ? FOR UPDATE";
constexpr auto kLockSeatsAndAccount =
    "SELECT s.reservation_id, s.state = 'HELD' FROM reservation_seat l "
    "STRAIGHT_JOIN seat s ON s.session_id = ? AND s.number = l.number "
    "STRAIGHT_JOIN account a ON a.id = ? "
    "WHERE l.reservation_id = ? ORDER BY l.number FOR UPDATE";
constexpr auto kConfirm = "UPDATE reservation SET status = 'CONFIRMED' WHERE id = ?";
constexpr auto kCancel =
    "UPDATE reservation SET status = 'CANCELED', closed_at = NOW(6) WHERE id = ?";
constexpr auto kExpire =
    "UPDATE reservation SET status = 'EXPIRED', closed_at = NOW(6) WHERE id = ?";
constexpr auto kOwner = "SELECT user_id FROM reservation WHERE id = ?";
constexpr auto kLoad = "SELECT " SHOWN_COLUMNS SHOWN_FROM "WHERE r.id = ?";
constexpr auto kLoadOfUser =
    "SELECT " SHOWN_COLUMNS SHOWN_FROM
    "WHERE r.user_id = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?";
constexpr auto kSeatsOf =
    "SELECT number, price FROM reservation_seat WHERE reservation_id = ? ORDER BY number";
constexpr auto kHoldFacts =
    "SELECT NOW(6), (SELECT v.ends_at FROM visit v WHERE v.queue_id = ? AND v.number = ?), "
    "(SELECT CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED) FROM reservation r "
    " WHERE r.user_id = ? AND r.concert_id = ? "
    " AND (r.status = 'CONFIRMED' OR (r.status = 'HELD' AND r.hold_until > NOW(6))))";
constexpr auto kLockLapsed =
    "SELECT " RECORD_COLUMNS " FROM reservation r WHERE r.status = 'HELD' "
    "AND r.hold_until <= NOW(6) ORDER BY r.hold_until LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr auto kEvent =
    "INSERT INTO outbox (topic, payload, created_at) VALUES (?, "
    "JSON_OBJECT('reservationId', ?, 'userId', ?, 'amount', ?), NOW(6))";

Record to_record(const db::Row& r) {
  // ENUM values count from 1, in the order of the enum class.
  const auto stored = static_cast<Stored>(r.integer(6) - 1);
  return {r.id<ReservationId>(0), r.id<UserId>(1), r.id<ConcertId>(2), r.id<SessionId>(3),
          r.integer(4), r.won(5), stored, r.instant(7), r.instant(8)};
}

Reservation to_reservation(db::Connection& connection, const db::Row& r) {
  const Record record = to_record(r);
  Reservation out{record, shown_status(record.stored, record.hold_until, r.instant(9)), r.text(10),
                  r.instant(11), r.instant(12), r.maybe_integer(13), r.maybe_instant(14), {}};
  for (const auto& seat : connection.query(kSeatsOf, record.id)) {
    out.seats.push_back({seat.id<SeatNumber>(0), seat.won(1)});
  }
  return out;
}

}  // namespace

ReservationId insert(db::Tx& tx, const NewReservation& row) {
  return tx->row(kInsert, row.user, row.concert, row.session, row.seat_count, row.total, row.now,
                 row.hold_until)->id<ReservationId>(0);
}

void insert_seats(db::Tx& tx, ReservationId id, const std::vector<seating::PricedSeat>& seats) {
  std::string sql = "INSERT INTO reservation_seat (reservation_id, number, price) VALUES (?, ?, ?)";
  std::vector<db::Value> values;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (i > 0) sql += ", (?, ?, ?)";
    values.emplace_back(id.value);
    values.emplace_back(seats[i].number.value);
    values.emplace_back(seats[i].price.value);
  }
  tx->change_list(sql, std::move(values));
}

std::optional<Record> lock(db::Tx& tx, ReservationId id) {
  const auto row = tx->row(kLock, id);
  if (!row) return {};
  return to_record(*row);
}

std::int64_t lock_seats_and_account(db::Tx& tx, const Record& record) {
  std::int64_t held = 0;
  for (const auto& row : tx->query(kLockSeatsAndAccount, record.session, record.user, record.id)) {
    if (row.maybe_integer(0) == record.id.value && row.flag(1)) ++held;
  }
  return held;
}

void set_confirmed(db::Tx& tx, ReservationId id) { tx->change(kConfirm, id); }
void set_canceled(db::Tx& tx, ReservationId id) { tx->change(kCancel, id); }
void set_expired(db::Tx& tx, ReservationId id) { tx->change(kExpire, id); }

std::optional<UserId> load_owner(db::Connection& connection, ReservationId id) {
  const auto row = connection.row(kOwner, id);
  if (!row) return {};
  return row->id<UserId>(0);
}

std::optional<Reservation> load(db::Connection& connection, ReservationId id) {
  const auto row = connection.row(kLoad, id);
  if (!row) return {};
  return to_reservation(connection, *row);
}

std::vector<Reservation> load_of_user(db::Connection& connection, UserId user, std::int64_t before,
                                      std::int64_t limit) {
  std::vector<Reservation> out;
  for (const auto& row : connection.query(kLoadOfUser, user, before, limit)) {
    out.push_back(to_reservation(connection, row));
  }
  return out;
}

HoldRow load_hold_facts(db::Tx& tx, TicketKey visit, UserId user, ConcertId concert) {
  const auto row = tx->row(kHoldFacts, visit.queue, visit.number, user, concert);
  return {row->instant(0), row->maybe_instant(1), row->integer(2)};
}

std::vector<Record> lock_lapsed(db::Tx& tx, std::int64_t limit) {
  std::vector<Record> out;
  for (const auto& row : tx->query(kLockLapsed, limit)) out.push_back(to_record(row));
  return out;
}

void write_event(db::Tx& tx, const Event& event) {
  tx->change(kEvent, event.topic, event.reservation, event.user, event.amount);
}

}  // namespace boxoffice::booking
