// Paying as a decision. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/instant.h"
#include "base/result.h"
#include "booking/rules.h"

namespace boxoffice::payment {

struct Facts {
  Instant now;
  booking::Stored stored;
  Instant hold_until;
  std::int64_t seats, seats_held;         // the reservation's, and those still held for it
  Instant visit_ends_at;
  Won price, balance;
};

// The first refusal that applies: ALREADY_PAID, HOLD_EXPIRED, PLACE_EXPIRED, PRICE_MISMATCH,
// INSUFFICIENT_BALANCE. `said` is the price that the client believes in, where it says one.
Result<Done> decide_pay(const Facts& facts, std::optional<Won> said);

}  // namespace boxoffice::payment
