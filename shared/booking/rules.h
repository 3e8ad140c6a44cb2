// Holding and cancelling as decisions: the plan, or the first refusal that applies. Pure: every
// fact and the time are arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "base/result.h"
#include "seating/rules.h"

namespace boxoffice::booking {

// As stored. What a reader is shown also depends on the time: see shown_status.
enum class Stored { held, confirmed, canceled, expired };
enum class Status { temporary_reserved, confirmed, canceled, expired };
const char* name_of(Status status);
Status shown_status(Stored stored, Instant hold_until, Instant now);

struct HoldFacts {
  SessionId session;
  Instant now;
  Instant visit_ends_at;
  seating::SaleWindow sale;
  std::int64_t live_seats;              // the user's, held or paid, in this concert
  std::vector<SeatNumber> missing;      // asked for, but no such seat
  std::vector<SeatNumber> taken;        // asked for, and somebody's by the time of the look
  Won total;                            // the server's price
};
struct HoldTerms {
  std::int64_t seats;
  std::int64_t seats_per_user_max;
  std::int64_t hold_seconds;
  std::optional<Won> said;  // the price that the client believes in, where it says one
};
struct HoldPlan {
  Won total;
  Instant hold_until;
};
// PLACE_EXPIRED, TOO_MANY_SEATS, SEAT_NOT_FOUND, SALE_NOT_OPEN, PRICE_MISMATCH, SEAT_TAKEN.
Result<HoldPlan> decide_hold(const HoldFacts& facts, const HoldTerms& terms);
// SEAT_TAKEN, with the seats' ids and numbers.
Error seats_taken(SessionId session, const std::vector<SeatNumber>& seats);

struct CancelFacts {
  Instant now;
  Stored stored;
  Instant hold_until, cancel_until;
};
enum class CancelPlan { release, refund };
// NOT_CANCELLABLE.
Result<CancelPlan> decide_cancel(const CancelFacts& facts);

}  // namespace boxoffice::booking
