// How long what a worker has read of a session's seats is so: until one of them changes (the sum of the
// session's rows in seat_version), or a hold runs out.
#pragma once

#include <optional>

#include "seating/store.h"

namespace boxoffice::seating {

// The version is read before the seats: what changed in between is seen already, and only makes the next
// look read once more.
struct AsOf {
  std::int64_t version;
  std::optional<Instant> next_lapse;  // of a hold
  [[nodiscard]] bool is_still_so(const Showing& showing) const {
    return version == showing.seat_version && (!next_lapse || showing.now < *next_lapse);
  }
};

}  // namespace boxoffice::seating
