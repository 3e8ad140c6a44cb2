// Checks every promise against one consistent snapshot, while traffic goes on.
#pragma once

#include <vector>

#include "audit/store.h"

namespace boxoffice::audit {

inline constexpr std::int64_t kShownMax = 20;

struct Finding {
  const Invariant* invariant;
  db::Rows rows;  // at most kShownMax
  bool more;      // there are others
};
struct Audit {
  std::vector<Finding> findings;  // one an invariant, empty rows where it holds
  std::int64_t broken = 0;
};
// REQUIRES: a connection of its own that waits long for answers: every table is read through.
Audit run(db::Connection& connection, std::int64_t seats_per_user_max);

}  // namespace boxoffice::audit
