// Rows of concert, session and seat as an operator makes and changes them; the SQL is in
// admin_store.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "seating/store.h"

namespace boxoffice::seating {

struct NewConcert {
  std::optional<ConcertId> id;  // the next one where none is given
  std::string name, artist, place;
  QueueId queue;
  Instant opens_at, closes_at;
};
struct NewSession {
  std::optional<SessionId> id;
  ConcertId concert;
  Instant starts_at, cancel_until;
};
struct SeatRange {
  SessionId session;
  std::int64_t first, last;
  Won price;
};
struct SessionSeats {
  Session session;
  std::int64_t free, held, sold;  // as of the statement: a hold that ran out is free
};

ConcertId insert_concert(db::Tx& tx, const NewConcert& concert);
// Nothing where the concert has a session at that time.
std::optional<SessionId> insert_session(db::Tx& tx, const NewSession& session);
bool lock_session(db::Tx& tx, SessionId id);
// The first number of the range that exists already.
std::optional<std::int64_t> first_existing(db::Tx& tx, const SeatRange& range);
// REQUIRES: the session's row is locked and none of the seats exists.
void insert_seats(db::Tx& tx, const SeatRange& range);
// Whether there is such a concert.
bool lock_concert(db::Tx& tx, ConcertId id);
void set_sale(db::Tx& tx, ConcertId id, Instant opens_at, Instant closes_at);
void set_queue(db::Tx& tx, ConcertId id, QueueId queue);

// Every session, begun or not, on sale or not; earliest first.
std::vector<SessionSeats> load_session_seats(db::Connection& connection, ConcertId concert);
bool any_concert(db::Connection& connection);

}  // namespace boxoffice::seating
