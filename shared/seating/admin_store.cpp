#include "seating/admin_store.h"

namespace boxoffice::seating {
namespace {

constexpr auto kInsertConcert =
    "INSERT INTO concert (id, name, artist, place, queue_id, reservation_open_at, "
    "reservation_close_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id";
constexpr auto kInsertSession =
    "INSERT INTO session (id, concert_id, starts_at, cancel_until) VALUES (?, ?, ?, ?) "
    "RETURNING id";
constexpr auto kLockSession = "SELECT id FROM session WHERE id = ? FOR UPDATE";
constexpr auto kFirstExisting =
    "SELECT number FROM seat WHERE session_id = ? AND number BETWEEN ? AND ? "
    "ORDER BY number LIMIT 1";
constexpr auto kCountSeats =
    "UPDATE session SET seat_count = (SELECT COUNT(*) FROM seat WHERE session_id = ?) WHERE id = ?";
constexpr auto kLockConcert = "SELECT id FROM concert WHERE id = ? FOR UPDATE";
constexpr auto kSetSale =
    "UPDATE concert SET reservation_open_at = ?, reservation_close_at = ? WHERE id = ?";
constexpr auto kSetQueue = "UPDATE concert SET queue_id = ? WHERE id = ?";
constexpr auto kSessionSeats =
    "SELECT e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count, "
    "CAST(COALESCE(SUM(s.state = 'HELD' AND s.hold_until > NOW(6)), 0) AS SIGNED), "
    "CAST(COALESCE(SUM(s.state = 'SOLD'), 0) AS SIGNED) "
    "FROM session e LEFT JOIN seat s ON s.session_id = e.id WHERE e.concert_id = ? "
    "GROUP BY e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count ORDER BY e.starts_at";
constexpr auto kAnyConcert = "SELECT id FROM concert LIMIT 1";

// The server's own table of whole numbers; its name holds the bounds, which are numbers.
std::string insert_seats_sql(std::int64_t first, std::int64_t last) {
  return "INSERT INTO seat (session_id, number, price) SELECT ?, seq, ? FROM seq_" +
         std::to_string(first) + "_to_" + std::to_string(last);
}

}  // namespace

ConcertId insert_concert(db::Tx& tx, const NewConcert& c) {
  return tx->row(kInsertConcert, c.id, c.name, c.artist, c.place, c.queue, c.opens_at, c.closes_at)
      ->id<ConcertId>(0);
}

std::optional<SessionId> insert_session(db::Tx& tx, const NewSession& s) {
  try {
    return tx->row(kInsertSession, s.id, s.concert, s.starts_at, s.cancel_until)->id<SessionId>(0);
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return {};
    throw;
  }
}

bool lock_session(db::Tx& tx, SessionId id) { return tx->row(kLockSession, id).has_value(); }

std::optional<std::int64_t> first_existing(db::Tx& tx, const SeatRange& range) {
  const auto row = tx->row(kFirstExisting, range.session, range.first, range.last);
  if (!row) return {};
  return row->integer(0);
}

void insert_seats(db::Tx& tx, const SeatRange& range) {
  tx->change(insert_seats_sql(range.first, range.last), range.session, range.price);
  tx->change(kCountSeats, range.session, range.session);
}

bool lock_concert(db::Tx& tx, ConcertId id) { return tx->row(kLockConcert, id).has_value(); }

void set_sale(db::Tx& tx, ConcertId id, Instant opens_at, Instant closes_at) {
  tx->change(kSetSale, opens_at, closes_at, id);
}

void set_queue(db::Tx& tx, ConcertId id, QueueId queue) { tx->change(kSetQueue, queue, id); }

std::vector<SessionSeats> load_session_seats(db::Connection& connection, ConcertId concert) {
  std::vector<SessionSeats> out;
  for (const auto& r : connection.query(kSessionSeats, concert)) {
    const Session session{r.id<SessionId>(0), r.id<ConcertId>(1), r.instant(2), r.instant(3),
                          r.integer(4)};
    const auto held = r.integer(5);
    const auto sold = r.integer(6);
    out.push_back({session, session.seats_in_all - held - sold, held, sold});
  }
  return out;
}

bool any_concert(db::Connection& connection) { return connection.row(kAnyConcert).has_value(); }

}  // namespace boxoffice::seating
