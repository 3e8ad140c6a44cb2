// One good request for each operation, with the world it is made in: what the fault matrix runs.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "faults/door.h"
#include "faults/stage.h"

namespace boxoffice::faults {

struct Scenario {
  std::string name;
  // Builds the world and says what is to be called in it.
  Call (*prepare)(Stage&);
  int success;  // the status of a run without faults
  // The operation is more than one transaction, each of which may stand by itself (taking a place
  // and then looking at it): refused, it may have done its part, and a retry finds that.
  bool in_parts = false;
};
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }
const std::vector<Scenario>& scenarios();

}  // namespace boxoffice::faults
