// What may be asked of a session's seats. Pure.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "base/result.h"

namespace boxoffice::seating {

inline constexpr std::size_t kSeatsPerHoldMax = 50;

// Sorted ascending: the order in which rows are locked. DUPLICATE_SEAT, TOO_MANY_SEATS.
Result<std::vector<SeatNumber>> in_lock_order(std::vector<SeatNumber> seats, std::size_t most);

struct SaleWindow {
  Instant opens_at, closes_at;  // of the concert
  Instant starts_at;            // of the session
};
// Open from its first instant to before its last, and never once the session has begun.
bool on_sale(const SaleWindow& window, Instant now);

enum class SeatStatus { available, temporary_reserved, reserved };
const char* name_of(SeatStatus status);

}  // namespace boxoffice::seating
