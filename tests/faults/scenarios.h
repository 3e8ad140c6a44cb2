// One good request for each operation, with the world it is made in, and some that are refused for what
// the database says: what the fault matrix runs.
#pragma once

#include <cstdint>
#include <cstdlib>
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
  // and then looking at it): refused after a COMMIT, it has done its part, and a retry finds that.
  bool in_parts = false;
};
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }
const std::vector<Scenario>& scenarios();

inline std::string text(std::int64_t n) { return std::to_string(n); }

// FAULTS_EVERY and the like: how much of it is run.
inline std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* said = std::getenv(name);
  return said == nullptr ? fallback : std::stoull(said);
}

}  // namespace boxoffice::faults
