// A worker's counts of the free seats of sessions. To count them is to read them all, and towards the end
// of a sale, when hardly any is left, everybody asks where one is.
//
// Like a Board's pictures these are a cache that is never old.
#pragma once

#include <map>

#include "seating/as_of.h"

namespace boxoffice::seating {

class Counts {
 public:
  // Counted anew only where a seat has changed or a hold run out.
  std::int64_t free_seats(db::Connection& connection, const Showing& showing);
  // Whether there is one, mostly known without counting: one change takes no more seats than a hold may.
  bool any_free(db::Connection& connection, const Showing& showing);

 private:
  struct Count {
    AsOf as_of;
    std::int64_t free;
  };
  static constexpr std::size_t kCountsMax = 10'000;
  std::map<SessionId, Count> counts_;
};

}  // namespace boxoffice::seating
