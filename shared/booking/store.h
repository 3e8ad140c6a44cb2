// Rows of reservation and reservation_seat; the SQL is in store.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "booking/rules.h"
#include "db/tx.h"
#include "queue/admission.h"
#include "seating/store.h"

namespace boxoffice::booking {

// The row alone, as locked for a decision.
struct Record {
  ReservationId id;
  UserId user;
  ConcertId concert;
  SessionId session;
  std::int64_t seat_count;
  Won total;
  Stored stored;
  Instant created_at, hold_until;
};

// All that is shown of a reservation.
struct Reservation {
  Record record;
  Status status;  // as of the reading
  std::string concert_name;
  Instant starts_at, cancel_until;
  std::optional<std::int64_t> payment;
  std::optional<Instant> paid_at;
  std::vector<seating::PricedSeat> seats;
};

// RECORD_COLUMNS from the `first` on, as procedures answer them too.
Record to_record(const db::Row& row, std::size_t first = 0);
std::optional<Record> lock(db::Tx& tx, ReservationId id);
// Locks the reservation's seats, ascending, and then its owner's account.
void lock_seats_and_account(db::Tx& tx, const Record& record);
void set_canceled(db::Tx& tx, ReservationId id);

std::optional<Reservation> load(db::Connection& connection, ReservationId id);
std::vector<Reservation> load_of_user(db::Connection& connection, UserId user, std::int64_t before,
                                      std::int64_t limit);

// What a hold is decided upon. Locks the visit first: from then on nothing of this user's in this
// queue changes. Nothing where the caller is not inside.
struct AskedSeat {
  seating::PricedSeat priced;
  bool taken;
};
struct HoldRow {
  Instant now, visit_ends_at;
  std::int64_t live_seats;
  std::optional<seating::Concert> concert;
  std::optional<seating::Session> session;  // none, too, where its name means several
  std::vector<AskedSeat> seats;             // those of the asked that exist, ascending
};
struct HoldKeys {
  UserId user;
  ConcertId concert;
  seating::SessionName session;
};
std::optional<HoldRow> lock_for_hold(db::Tx& tx, const queue::Admission& admission,
                                     const HoldKeys& keys, const std::vector<SeatNumber>& seats);

// Writes the reservation and takes its seats, which must be ascending. `got` says how many could be
// had; fewer than asked for means that the transaction must not be committed.
struct NewHold {
  UserId user;
  TicketKey visit;
  ConcertId concert;
  SessionId session;
  Won total;
  Instant now, hold_until, visit_ends_at;
};
struct Taken {
  ReservationId id;
  std::int64_t got;
};
Taken take(db::Tx& tx, const NewHold& hold, const std::vector<SeatNumber>& seats);

// Locks up to `limit` lapsed holds that nobody else is at, oldest first.
// The holds that lapsed first.
std::vector<ReservationId> load_lapsed(db::Connection& connection, std::int64_t limit);
// Nothing where it has been closed meanwhile, or somebody else is at it.
std::optional<Record> lock_if_lapsed(db::Tx& tx, ReservationId id);
void set_expired(db::Tx& tx, ReservationId id);

// Notes what happened, for whoever has to be told; commits with the deed.
struct Event {
  const char* topic;
  ReservationId reservation;
  UserId user;
  Won amount;
};
void write_event(db::Tx& tx, const Event& event);

}  // namespace boxoffice::booking
