// Reservations: seats held for a while, all of them or none; released, cancelled, expired.
#pragma once

#include <vector>

#include "base/result.h"
#include "booking/store.h"
#include "seating/service.h"

namespace boxoffice::booking {

struct HoldRequest {
  UserId user;
  TicketKey visit;  // the admitted place that the seats are held in
  ConcertId concert;
  SessionId session;
  std::vector<SeatNumber> seats;
  std::optional<Won> said_total;
};
struct HoldLimits {
  std::int64_t seats_per_user_max;
  std::int64_t hold_seconds;
};
struct Hold {
  ReservationId reservation;
  Won total;
  Instant now, expires_at;
  std::vector<seating::PricedSeat> seats;
  seating::Concert concert;
  seating::Session session;
};
// CONCERT_NOT_FOUND, NOT_ADMITTED to its queue, SESSION_NOT_FOUND, DUPLICATE_SEAT,
// PLACE_EXPIRED, TOO_MANY_SEATS, SEAT_NOT_FOUND, SALE_NOT_OPEN, PRICE_MISMATCH,
// SEAT_TAKEN with the seats' ids.
Result<Hold> hold_seats(db::Tx& tx, const HoldRequest& request, const HoldLimits& limits);

// RESERVATION_NOT_FOUND; NOT_YOURS, unless no `owner` is asked for.
Result<Reservation> find(db::Connection& connection, ReservationId id, std::optional<UserId> owner);

struct Cancellation {
  Reservation reservation;
  Won refunded;
};
// Releases an unpaid hold, or refunds a paid reservation. As find, and NOT_CANCELLABLE.
Result<Cancellation> cancel(db::Tx& tx, ReservationId id, std::optional<UserId> owner);

// Tidies one batch of lapsed holds; how many there were.
std::int64_t expire_batch(db::Connection& connection, std::int64_t limit);

}  // namespace boxoffice::booking
