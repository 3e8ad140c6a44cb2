#include "seating/counts.h"

namespace boxoffice::seating {

std::int64_t Counts::free_seats(db::Connection& connection, const Showing& showing) {
  const auto found = counts_.find(showing.session.id);
  if (found != counts_.end() && found->second.as_of.is_still_so(showing)) return found->second.free;
  const auto counted = count_seats(connection, showing.session.id);
  if (found == counts_.end() && counts_.size() >= kCountsMax) counts_.clear();
  counts_[showing.session.id] = {{showing.seat_version, counted.next_lapse}, counted.free};
  return counted.free;
}

bool Counts::any_free(db::Connection& connection, const Showing& showing) {
  constexpr auto kMost = static_cast<std::int64_t>(kSeatsPerHoldMax);
  const auto found = counts_.find(showing.session.id);
  if (found != counts_.end()) {
    const auto changes = showing.seat_version - found->second.as_of.version;
    if (changes >= 0 && found->second.free > kMost * changes) return true;
  }
  return free_seats(connection, showing) > 0;
}

}  // namespace boxoffice::seating
