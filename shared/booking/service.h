// Reservations: seats held for a while, all of them or none; released, cancelled, expired.
#pragma once

#include <vector>

#include "base/result.h"
#include "booking/store.h"
#include "queue/admission.h"
#include "seating/service.h"

namespace boxoffice::booking {

struct HoldRequest {
  UserId user;
  ConcertId concert;
  seating::SessionName session;
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
// CONCERT_NOT_FOUND, NOT_ADMITTED at all or to its queue, SESSION_NOT_FOUND, AMBIGUOUS_DATE,
// DUPLICATE_SEAT, and decide_hold's.
Result<Hold> hold_seats(db::Tx& tx, queue::Admission& admission, const HoldRequest& request,
                        const HoldLimits& limits);

// RESERVATION_NOT_FOUND; NOT_YOURS, unless no `owner` is asked for.
Result<Reservation> find(db::Connection& connection, ReservationId id, std::optional<UserId> owner);

struct Cancellation {
  Reservation reservation;
  Won refunded;
};
// Releases an unpaid hold, or refunds a paid reservation. As find, and NOT_CANCELLABLE.
Result<Cancellation> cancel(db::Tx& tx, ReservationId id, std::optional<UserId> owner);

// Releases lapsed holds, at most so many, each in a transaction of its own; how many there were.
std::int64_t expire_batch(db::Connection& connection, std::int64_t limit);

}  // namespace boxoffice::booking
