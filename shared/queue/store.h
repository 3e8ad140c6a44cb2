// Rows of queue, ticket, visit and departure; the SQL is in store.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "db/tx.h"
#include "queue/rules.h"

namespace boxoffice::queue {

// A queue as one look at it shows.
struct Snapshot {
  Instant now;  // the database's, at the look
  QueueId id;
  TicketNumber served;
  std::int64_t capacity, inside, claim_seconds, visit_seconds;
  bool paused;
  Rate rate;
  std::int64_t departures;  // version of what is known of those who left the line
  std::optional<TicketNumber> first_waiting;
  std::optional<Instant> first_visit_end;
};

struct Ticket {
  TicketKey key;
  UserId user;
  std::string token_id;
  std::string state;  // WAITING, ADMITTED, COMPLETED, EXPIRED, LEFT
  Instant joined_at, token_expires_at;
  std::optional<Instant> admitted_at;
};

// A ticket with its visit and its queue, as of one statement.
struct Place {
  Instant now;
  Ticket ticket;
  bool claimed;
  std::optional<Instant> visit_ends_at;
  Snapshot queue;
};

std::optional<Snapshot> load_snapshot(db::Connection& connection, QueueId queue);
std::optional<Place> load_place(db::Connection& connection, TicketKey key);
struct LiveTicket {
  Ticket ticket;
  bool token_over;  // or will be within the second: tokens know whole seconds only
};
std::optional<LiveTicket> load_live_ticket(db::Connection& connection, QueueId queue, UserId user);
std::optional<TicketNumber> load_last_number(db::Connection& connection, QueueId queue);
std::vector<QueueId> load_queue_ids(db::Connection& connection);
// The queue that serves a concert.
std::optional<QueueId> load_queue_of(db::Connection& connection, ConcertId concert);

// The numbers given up after that version of what is known of them, in their order; as far as they
// would not have been called by now.
std::vector<TicketNumber> load_departures(db::Connection& connection, QueueId queue,
                                          std::int64_t after_version, TicketNumber served);

struct NewTicket {
  QueueId queue;
  UserId user;
  std::string token_id;
  std::int64_t token_seconds;
};
// Draws the number. Nothing where the user has a live place already (the unique key is the judge).
std::optional<Ticket> insert_ticket(db::Tx& tx, const NewTicket& wanted);

// A user who is new, and their place, in one round trip; nothing where the name is taken.
struct NewUser {
  std::string uuid, name;
  std::optional<std::string> password_hash;
};
std::optional<Ticket> insert_user_and_ticket(db::Tx& tx, const NewUser& user,
                                             const NewTicket& wanted);
// Nothing where the ticket is not live any more, or somebody else was quicker.
void renew_token_if_over(db::Tx& tx, TicketKey key, const std::string& token_id,
                         std::int64_t token_seconds);

// Locks the queue's row, or gives nothing at once where somebody else has it.
std::optional<Snapshot> lock_if_free(db::Tx& tx, QueueId queue);
void lock(db::Tx& tx, QueueId queue);
std::int64_t remove_ended_visits(db::Tx& tx, QueueId queue, Instant now, std::int64_t limit);
bool remove_visit_if_ended(db::Tx& tx, TicketKey key, Instant now);
std::vector<TicketNumber> load_first_waiting(db::Tx& tx, QueueId queue, std::int64_t limit);
void admit(db::Tx& tx, const Snapshot& queue, const std::vector<TicketNumber>& numbers);
void save_advance(db::Tx& tx, const Snapshot& queue, TicketNumber admitted);

// REQUIRES: the queue's row is locked. Whether the ticket was still live.
bool leave(db::Tx& tx, TicketKey key);
// Makes the visit last its full time; false where it has ended.
bool claim(db::Tx& tx, TicketKey key, std::int64_t visit_seconds);

// The per-user lock of holds and payments. False where there is no such visit.
bool lock_visit(db::Tx& tx, TicketKey key);
std::optional<Instant> load_visit_end(db::Connection& connection, TicketKey key);
// 0 where there is no such queue.
TicketNumber load_served(db::Connection& connection, QueueId queue);
std::int64_t forget_departures(db::Tx& tx, QueueId queue, TicketNumber served, std::int64_t limit);

}  // namespace boxoffice::queue
