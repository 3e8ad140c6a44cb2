// Rows that a rehearsal of an on-sale made, counted, read back and taken away again; the SQL is in
// store.cpp. All of them belong to a run: its queue and concert by number, its fans by the
// beginning of their names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "db/tx.h"

namespace boxoffice::rehearsal {

struct Counts {
  std::int64_t waiting, inside, held, sold;  // a hold that ran out is not held
};
Counts load_counts(db::Connection& connection, QueueId queue, SessionId session);

// A place in the line, by number, with its times as the database has them.
struct Place {
  TicketNumber number;
  std::string state;
  Instant joined_at;
  std::optional<Instant> admitted_at, ended_at;
};
std::vector<Place> load_places(db::Connection& connection, QueueId queue);

struct Purse {
  UserId user;
  std::int64_t balance, charged, used, refunded;
};
// Of every user whose name begins so.
std::vector<Purse> load_purses(db::Connection& connection, const std::string& names);

struct SoldSeat {
  SeatNumber number;
  UserId user;
  std::int64_t price;
};
std::vector<SoldSeat> load_sold(db::Connection& connection, SessionId session);

// How many stand in any line, or are inside.
std::int64_t count_people_in_lines(db::Connection& connection);

// What is left of a run.
struct Run {
  QueueId queue;
  std::string name;  // the queue's and the concert's
};
// Runs whose queue's name begins so.
std::vector<Run> load_runs(db::Connection& connection, const std::string& names);

// Reservations that would lose their other half if a run were taken away: a fan's elsewhere, or
// somebody else's in the run's concert.
std::int64_t count_entangled(db::Connection& connection, QueueId queue, const std::string& names);

std::vector<UserId> load_users(db::Connection& connection, const std::string& names);
// Events of the run's concerts. Reads the table whole, for want of an index.
struct Event {
  std::int64_t id;
  ReservationId reservation;
};
std::vector<Event> load_events(db::Connection& connection, QueueId queue);
std::vector<ReservationId> load_reservations(db::Tx& tx, const std::vector<UserId>& users);

// REQUIRES: the queue's row is locked. Users with all that is theirs: afterwards every invariant
// holds as before.
void delete_users(db::Tx& tx, QueueId queue, const std::vector<UserId>& users,
                  const std::vector<ReservationId>& reservations,
                  const std::vector<std::int64_t>& events);
// What is left when the users are gone: seats, sessions, concerts, the queue.
void delete_stage(db::Tx& tx, QueueId queue);
// Commits whatever is open, as all DDL does.
void drop_sequence(db::Connection& connection, QueueId queue);
// Statements of this connection may take as long as they need.
void take_time(db::Connection& connection);

}  // namespace boxoffice::rehearsal
