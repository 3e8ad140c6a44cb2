// Rows of concert, session and seat; the SQL is in store.cpp.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "db/tx.h"
#include "queue/admission.h"
#include "seating/rules.h"

namespace boxoffice::seating {

struct Concert {
  ConcertId id;
  std::string name, artist, place;
  QueueId queue;
  Instant opens_at, closes_at;
};

struct Session {
  SessionId id;
  ConcertId concert;
  Instant starts_at, cancel_until;
  std::int64_t seats_in_all;
};

// A session as somebody comes to look at its seats.
struct Showing {
  Session session;
  QueueId queue;              // the one that its concert is behind
  Instant now;
  std::int64_t seat_version;  // changes whenever one of its seats does
};

struct Seat {
  SeatNumber number;
  Won price;
  SeatStatus status;                  // as of the statement: a hold that ran out is available
  std::optional<Instant> held_until;  // of those that are held
};

// A session as a caller names it: by its id, or by when it starts.
using SessionName = std::variant<SessionId, LocalMoment>;

// CONCERT_COLUMNS and SESSION_COLUMNS from the `first` on, as procedures answer them too.
Concert to_concert(const db::Row& row, std::size_t first = 0);
Session to_session(const db::Row& row, std::size_t first = 0);

// What somebody inside sees. A value is there where they are; what is in it may not be.
template <class T>
using Inside = std::optional<T>;

std::optional<Concert> load_concert(db::Connection& connection, ConcertId id);
std::vector<Concert> load_concerts(db::Connection& connection, ConcertId after, std::int64_t limit);
// The sessions of a concert that have not begun and whose sale is open, earliest first.
struct OnSale {
  QueueId queue;  // the one that the concert is behind
  std::vector<Showing> showings;
};
Inside<std::optional<OnSale>> load_on_sale(db::Connection& connection,
                                           const queue::Admission& admission, ConcertId concert);
std::optional<Session> load_session(db::Connection& connection, SessionId id);
Inside<std::optional<Concert>> load_concert(db::Connection& connection,
                                            const queue::Admission& admission, ConcertId id);
// The session with the id, or those of the concert that the moment means, earliest first.
Inside<std::vector<Showing>> load_showings(db::Connection& connection,
                                           const queue::Admission& admission, ConcertId concert,
                                           const SessionName& name);
struct SeatCount {
  std::int64_t free;
  std::optional<Instant> next_lapse;  // of the holds that are not over
};
SeatCount count_seats(db::Connection& connection, SessionId session);
std::vector<Seat> load_seats(db::Connection& connection, SessionId session);
Instant load_now(db::Connection& connection);

struct PricedSeat {
  SeatNumber number;
  Won price;
};

// Seats that are still the reservation's become free; how many.
std::int64_t release(db::Tx& tx, SessionId session, ReservationId reservation);

// Says that seats of the session have changed. The last thing that a transaction does before it
// commits, because others who change them wait for it from here on.
void raise_version(db::Tx& tx, SessionId session, ReservationId reservation);

}  // namespace boxoffice::seating
