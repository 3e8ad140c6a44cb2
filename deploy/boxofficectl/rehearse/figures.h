// Numbers made from what was seen, and the advice that follows from them.
#pragma once

#include <string>
#include <vector>

#include "rehearse/crowd.h"
#include "rehearse/verdict.h"

namespace boxoffice::rehearse {

// REQUIRES: sorted. 0 of nothing.
double percentile(const std::vector<double>& sorted, double share);

struct Latency {
  Endpoint endpoint;
  std::int64_t count;
  double p50, p99, p999, worst;  // milliseconds
};

struct LetIn {
  std::int64_t number;
  double seconds;  // since the first place was taken, by the database's clock
};

// How a hall of some size would do. Times are those of real life.
struct Hall {
  std::int64_t capacity;
  double admitted_per_minute, seats_per_minute;  // while there are seats
  double sold_minutes, line_minutes;             // until the last is sold, until nobody waits
};

struct Figures {
  double seconds = 0;              // how long the rehearsal took
  std::vector<Latency> latencies;  // of endpoints that were asked
  Latency all{};
  Latency door{}, beyond{};               // signing up and joining; everything after that
  std::vector<double> waits, visits;      // sorted, seconds as played
  std::vector<LetIn> let_in;              // by number
  std::int64_t admitted = 0, ghosts = 0;  // of whom many never came, or fell asleep
  double peak_per_second = 0;
  double sold_out_seconds = 0, sold_per_minute = 0;
  // Seconds of life that people were inside, all together; and of those who still found seats.
  double stays = 0, selling_stays = 0;
  std::int64_t stayed = 0, selling_stayed = 0;
  std::vector<Hall> halls;
  std::int64_t visit_advised = 0;  // seconds of life; 0: nobody bought anything
  std::vector<std::string> advice;
};
Figures figures_of(const Crowd& crowd, const Options& options,
                   const std::vector<rehearsal::Place>& places);

}  // namespace boxoffice::rehearse
