#include "booking/store.h"

#include <algorithm>

namespace boxoffice::booking {
namespace {

#define RECORD_COLUMNS                                                               \
  "r.id, r.user_id, r.concert_id, r.session_id, r.seat_count, r.total, "             \
  "CAST(r.status AS UNSIGNED), r.created_at, r.hold_until"
#define SHOWN_COLUMNS                                                                \
  RECORD_COLUMNS ", NOW(6), c.name, e.starts_at, e.cancel_until, p.id, p.paid_at"
#define SHOWN_FROM SHOWN_FROM_BY("")
#define SHOWN_FROM_BY(index)                                                         \
  " FROM reservation r " index "JOIN concert c ON c.id = r.concert_id "              \
  "JOIN session e ON e.id = r.session_id LEFT JOIN payment p ON p.reservation_id = r.id "

constexpr auto kLockForHold = "CALL hold_look(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto kTake = "CALL hold_take(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto kLock = "SELECT " RECORD_COLUMNS " FROM reservation r WHERE r.id = ? FOR UPDATE";
constexpr auto kLockSeatsAndAccount =
    "SELECT s.number FROM reservation_seat l "
    "STRAIGHT_JOIN seat s ON s.session_id = ? AND s.number = l.number "
    "STRAIGHT_JOIN account a ON a.id = ? "
    "WHERE l.reservation_id = ? ORDER BY l.number FOR UPDATE";
constexpr auto kCancel =
    "UPDATE reservation SET status = 'CANCELED', closed_at = NOW(6) WHERE id = ?";
constexpr auto kExpire =
    "UPDATE reservation SET status = 'EXPIRED', closed_at = NOW(6) WHERE id = ?";
constexpr auto kLoad = "SELECT " SHOWN_COLUMNS SHOWN_FROM "WHERE r.id = ?";
constexpr auto kLoadOfUser =
    "SELECT " SHOWN_COLUMNS SHOWN_FROM_BY("FORCE INDEX (reservation_user) ")
    "WHERE r.user_id = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?";
constexpr auto kSeatsOf =
    "SELECT number, price FROM reservation_seat WHERE reservation_id = ? ORDER BY number";
#define HOLD_IS_OVER "r.status = 'HELD' AND r.hold_until <= NOW(6)"
constexpr auto kLapsed =
    "SELECT r.id FROM reservation r WHERE " HOLD_IS_OVER " ORDER BY r.hold_until LIMIT ?";
constexpr auto kLockIfLapsed = "SELECT " RECORD_COLUMNS
                               " FROM reservation r FORCE INDEX (PRIMARY) "
                               "WHERE r.id = ? AND " HOLD_IS_OVER " FOR UPDATE SKIP LOCKED";
constexpr auto kEvent =
    "INSERT INTO outbox (topic, payload, created_at) VALUES (?, "
    "JSON_OBJECT('reservationId', ?, 'userId', ?, 'amount', ?), NOW(6))";

// [1,2,3], as the procedures take a list.
std::string list_of(const std::vector<SeatNumber>& seats) {
  std::string out;
  for (const auto seat : seats) out += (out.empty() ? "[" : ",") + std::to_string(seat.value);
  return out.empty() ? "[]" : out + "]";
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

Record to_record(const db::Row& r, std::size_t first) {
  // ENUM values count from 1, in the order of the enum class.
  const auto stored = static_cast<Stored>(r.integer(first + 6) - 1);
  return {r.id<ReservationId>(first), r.id<UserId>(first + 1), r.id<ConcertId>(first + 2),
          r.id<SessionId>(first + 3), r.integer(first + 4), r.won(first + 5), stored,
          r.instant(first + 7), r.instant(first + 8)};
}

std::optional<Record> lock(db::Tx& tx, ReservationId id) {
  const auto row = tx->row(kLock, id);
  if (!row) return {};
  return to_record(*row);
}

void lock_seats_and_account(db::Tx& tx, const Record& record) {
  tx->query(kLockSeatsAndAccount, record.session, record.user, record.id);
}

void set_canceled(db::Tx& tx, ReservationId id) { tx->change(kCancel, id); }
void set_expired(db::Tx& tx, ReservationId id) { tx->change(kExpire, id); }

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

std::optional<HoldRow> lock_for_hold(db::Tx& tx, const queue::Admission& admission,
                                     const HoldKeys& keys, const std::vector<SeatNumber>& seats) {
  std::optional<SessionId> session;
  std::optional<Instant> from, to;
  if (const auto* id = std::get_if<SessionId>(&keys.session)) session = *id;
  if (const auto* moment = std::get_if<LocalMoment>(&keys.session)) {
    from = moment->begin;
    to = moment->end;
  }
  const auto only = seats.size() == 1 ? std::optional(seats.front()) : std::nullopt;
  const auto sets = tx->call(kLockForHold, tx.opens(), admission.place.queue, admission.place.number,
                             admission.token_id, keys.user, keys.concert, session, from, to, only,
                             list_of(seats));
  if (sets[0].empty()) return {};
  constexpr std::size_t kConcert = 3, kSession = 10, kSeat = 15;
  const auto& facts = sets[0].front();
  HoldRow out{facts.instant(0), facts.instant(1), facts.integer(2), {}, {}, {}};
  if (!facts.null(kConcert)) out.concert = seating::to_concert(facts, kConcert);
  if (!facts.null(kSession)) out.session = seating::to_session(facts, kSession);
  const auto add = [&out](const db::Row& row, std::size_t first) {
    if (row.null(first)) return;
    out.seats.push_back({{row.id<SeatNumber>(first), row.won(first + 1)}, row.flag(first + 2)});
  };
  if (only) {
    add(facts, kSeat);
  } else {
    for (const auto& row : sets[1]) add(row, 0);
  }
  std::sort(out.seats.begin(), out.seats.end(),
            [](const auto& a, const auto& b) { return a.priced.number < b.priced.number; });
  return out;
}

Taken take(db::Tx& tx, const NewHold& hold, const std::vector<SeatNumber>& seats) {
  const auto sets = tx->call(kTake, tx.closes(), hold.user, hold.concert, hold.session, list_of(seats),
                             static_cast<std::int64_t>(seats.size()), hold.total, hold.now,
                             hold.hold_until, hold.hold_until > hold.visit_ends_at, hold.visit.queue,
                             hold.visit.number);
  return {sets[0].front().id<ReservationId>(0), sets[0].front().integer(1)};
}

std::vector<ReservationId> load_lapsed(db::Connection& connection, std::int64_t limit) {
  std::vector<ReservationId> out;
  for (const auto& row : connection.query(kLapsed, limit)) out.push_back(row.id<ReservationId>(0));
  return out;
}

std::optional<Record> lock_if_lapsed(db::Tx& tx, ReservationId id) {
  const auto row = tx->row(kLockIfLapsed, id);
  if (!row) return {};
  return to_record(*row);
}

void write_event(db::Tx& tx, const Event& event) {
  tx->change(kEvent, event.topic, event.reservation, event.user, event.amount);
}

}  // namespace boxoffice::booking
