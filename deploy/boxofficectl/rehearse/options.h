// What a rehearsal is asked to play.
#pragma once

#include <cstdint>
#include <string>

#include "base/config.h"
#include "command.h"

namespace boxoffice::rehearse {

// Times are those of real life, in seconds; `scale` is how long a second of it takes here.
struct Options {
  std::int64_t fans, seats, capacity, claim_seconds, visit_seconds, arrive_seconds;
  std::int64_t connections, seed;
  double scale;
  std::string base_url;
  std::string report;  // a file, or nothing
  bool keep, beside_a_sale;

  // As the queue is given it: whole seconds.
  [[nodiscard]] std::int64_t played_seconds(std::int64_t seconds) const;
};

std::vector<ctl::Parameter> parameters();
// Throws ctl::Misuse.
Options read_options(const ctl::Arguments& arguments, const Config& config);

}  // namespace boxoffice::rehearse
