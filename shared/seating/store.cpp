#include "seating/store.h"

#include <algorithm>

namespace boxoffice::seating {
namespace {

// The one definition of a seat that can be had. `?` is never used for the time: the clock is the
// database's.
#define SEAT_IS_FREE "(s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))"
#define SALE_IS_OPEN                                                            \
  "c.reservation_open_at <= NOW(6) AND NOW(6) < c.reservation_close_at AND NOW(6) < e.starts_at"
#define CONCERT_COLUMNS                                                                      \
  "c.id, c.name, c.artist, c.place, c.queue_id, c.reservation_open_at, c.reservation_close_at"
#define SESSION_COLUMNS "e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count"

#define SHOWING_COLUMNS                                                                        \
  SESSION_COLUMNS ", c.queue_id, NOW(6), "                                                     \
  "(SELECT CAST(COALESCE(SUM(w.version), 0) AS SIGNED) FROM seat_version w WHERE w.session_id = e.id)"
// What is asked together with whether the caller is inside (see queue/admission.h): one row at
// least where they are, with nothing in it where there is nothing.
#define IF_INSIDE " WHERE i.queue_id = ? AND i.number = ? AND i.jti = ?"

constexpr auto kConcert = "SELECT " CONCERT_COLUMNS " FROM concert c WHERE c.id = ?";
constexpr auto kConcertInside =
    "SELECT " CONCERT_COLUMNS " FROM inside i LEFT JOIN concert c ON c.id = ?" IF_INSIDE;
constexpr auto kConcerts =
    "SELECT " CONCERT_COLUMNS " FROM concert c WHERE c.id > ? ORDER BY c.id LIMIT ?";
constexpr auto kOnSale =
    "SELECT " SHOWING_COLUMNS " FROM inside i LEFT JOIN concert c ON c.id = ? "
    "LEFT JOIN session e ON e.concert_id = c.id AND " SALE_IS_OPEN IF_INSIDE;
constexpr auto kCount =
    "SELECT COUNT(IF(" SEAT_IS_FREE ", 1, NULL)), "
    "MIN(IF(s.state = 'HELD' AND s.hold_until > NOW(6), s.hold_until, NULL)) "
    "FROM seat s WHERE s.session_id = ?";
constexpr auto kSession = "SELECT " SESSION_COLUMNS " FROM session e WHERE e.id = ?";
constexpr auto kShowing =
    "SELECT " SHOWING_COLUMNS " FROM inside i LEFT JOIN session e ON e.id = ? "
    "LEFT JOIN concert c ON c.id = e.concert_id" IF_INSIDE;
constexpr auto kShowingsBetween =
    "SELECT " SHOWING_COLUMNS " FROM inside i LEFT JOIN session e ON e.concert_id = ? "
    "AND e.starts_at >= ? AND e.starts_at < ? LEFT JOIN concert c ON c.id = e.concert_id" IF_INSIDE;
constexpr auto kSeats =
    "SELECT s.number, s.price, IF(" SEAT_IS_FREE ", 0, IF(s.state = 'HELD', 1, 2)), "
    "IF(s.state = 'HELD' AND s.hold_until > NOW(6), s.hold_until, NULL) "
    "FROM seat s WHERE s.session_id = ? ORDER BY s.number";
constexpr auto kNow = "SELECT NOW(6)";

constexpr auto kRaiseVersion =
    "INSERT INTO seat_version (session_id, stripe, version) VALUES (?, ? % 16, 1) "
    "ON DUPLICATE KEY UPDATE version = version + 1";
constexpr auto kRelease =
    "UPDATE reservation_seat r STRAIGHT_JOIN seat s ON s.session_id = ? AND s.number = r.number "
    "SET s.state = 'FREE', s.reservation_id = NULL, s.hold_until = NULL "
    "WHERE r.reservation_id = ? AND s.reservation_id = r.reservation_id";

}  // namespace

Concert to_concert(const db::Row& r, std::size_t first) {
  return {r.id<ConcertId>(first),   r.text(first + 1),    r.text(first + 2),   r.text(first + 3),
          r.id<QueueId>(first + 4), r.instant(first + 5), r.instant(first + 6)};
}

Session to_session(const db::Row& r, std::size_t first) {
  return {r.id<SessionId>(first), r.id<ConcertId>(first + 1), r.instant(first + 2),
          r.instant(first + 3), r.integer(first + 4)};
}

namespace {
// SHOWING_COLUMNS
constexpr std::size_t kQueueOfShowing = 5;
Showing to_showing(const db::Row& r) {
  return {to_session(r), r.id<QueueId>(kQueueOfShowing), r.instant(6), r.integer(7)};
}

// Those that are there, earliest first.
std::vector<Showing> to_showings(const db::Rows& rows) {
  std::vector<Showing> out;
  for (const auto& row : rows) {
    if (!row.null(0)) out.push_back(to_showing(row));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.session.starts_at < b.session.starts_at;
  });
  return out;
}
}  // namespace

std::optional<Concert> load_concert(db::Connection& connection, ConcertId id) {
  const auto row = connection.row(kConcert, id);
  if (!row) return {};
  return to_concert(*row);
}

std::vector<Concert> load_concerts(db::Connection& connection, ConcertId after,
                                   std::int64_t limit) {
  std::vector<Concert> out;
  for (const auto& row : connection.query(kConcerts, after, limit)) out.push_back(to_concert(row));
  return out;
}

Inside<std::optional<Concert>> load_concert(db::Connection& connection,
                                            const queue::Admission& admission, ConcertId id) {
  const auto& place = admission.place;
  const auto row =
      connection.row(kConcertInside, id, place.queue, place.number, admission.token_id);
  if (!row) return {};
  if (row->null(0)) return std::optional<Concert>{};
  return std::optional(to_concert(*row));
}

Inside<std::optional<OnSale>> load_on_sale(db::Connection& connection,
                                           const queue::Admission& admission, ConcertId concert) {
  const auto& place = admission.place;
  const auto rows =
      connection.query(kOnSale, concert, place.queue, place.number, admission.token_id);
  if (rows.empty()) return {};
  if (rows.front().null(kQueueOfShowing)) return std::optional<OnSale>{};
  return std::optional(OnSale{rows.front().id<QueueId>(kQueueOfShowing), to_showings(rows)});
}

std::optional<Session> load_session(db::Connection& connection, SessionId id) {
  const auto row = connection.row(kSession, id);
  if (!row) return {};
  return to_session(*row);
}

Inside<std::vector<Showing>> load_showings(db::Connection& connection,
                                           const queue::Admission& admission, ConcertId concert,
                                           const SessionName& name) {
  const auto& place = admission.place;
  const auto* moment = std::get_if<LocalMoment>(&name);
  const auto rows =
      moment != nullptr
          ? connection.query(kShowingsBetween, concert, moment->begin, moment->end, place.queue,
                             place.number, admission.token_id)
          : connection.query(kShowing, std::get<SessionId>(name), place.queue, place.number,
                             admission.token_id);
  if (rows.empty()) return {};
  return to_showings(rows);
}

SeatCount count_seats(db::Connection& connection, SessionId session) {
  const auto row = connection.row(kCount, session);
  return {row->integer(0), row->maybe_instant(1)};
}

std::vector<Seat> load_seats(db::Connection& connection, SessionId session) {
  std::vector<Seat> out;
  for (const auto& row : connection.query(kSeats, session)) {
    out.push_back({row.id<SeatNumber>(0), row.won(1), static_cast<SeatStatus>(row.integer(2)),
                   row.maybe_instant(3)});
  }
  return out;
}

Instant load_now(db::Connection& connection) { return connection.row(kNow)->instant(0); }

std::int64_t release(db::Tx& tx, SessionId session, ReservationId reservation) {
  return tx->change(kRelease, session, reservation);
}

void raise_version(db::Tx& tx, SessionId session, ReservationId reservation) {
  tx->change(kRaiseVersion, session, reservation);
}

}  // namespace boxoffice::seating
