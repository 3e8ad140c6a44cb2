#include "seating/rules.h"

#include <algorithm>

namespace boxoffice::seating {

Result<std::vector<SeatNumber>> in_lock_order(std::vector<SeatNumber> seats, std::size_t most) {
  std::sort(seats.begin(), seats.end());
  if (const auto twice = std::adjacent_find(seats.begin(), seats.end()); twice != seats.end()) {
    return refuse(ErrorCode::DUPLICATE_SEAT)
        .with("numbers", std::vector<std::int64_t>{twice->value});
  }
  if (seats.size() > most) {
    return refuse(ErrorCode::TOO_MANY_SEATS).with("most", static_cast<std::int64_t>(most));
  }
  return seats;
}

bool on_sale(const SaleWindow& window, Instant now) {
  return window.opens_at <= now && now < window.closes_at && now < window.starts_at;
}

const char* name_of(SeatStatus status) {
  switch (status) {
    case SeatStatus::available: return "AVAILABLE";
    case SeatStatus::temporary_reserved: return "TEMPORARY_RESERVED";
    case SeatStatus::reserved: return "RESERVED";
  }
  return "RESERVED";
}

}  // namespace boxoffice::seating
