// Counters that outlive their worker: one small file per function and worker slot, mapped into
// memory, so that counting costs no system call and /metrics can add them all up.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/errors.h"

namespace boxoffice::fn {

struct Counters {
  static constexpr std::array<std::int64_t, 12> kBoundsMicros = {
      250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000};
  std::array<std::uint64_t, 600> by_status;
  std::array<std::uint64_t, kErrors.size()> by_error;
  std::array<std::uint64_t, kBoundsMicros.size() + 1> by_duration;
  std::uint64_t micros;

  void count(int status, std::int64_t duration_micros);
};

// This worker's counters; a private scratch area where no folder is configured or it cannot be
// written, because counting must never keep a function from serving.
class Metrics {
 public:
  Metrics(const std::string& folder, std::string_view function);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  Counters& counters() { return *counters_; }

 private:
  Counters* counters_;
  bool mapped_ = false;
  alignas(Counters) std::array<char, sizeof(Counters)> scratch_;
};

// Everything counted so far, as Prometheus text.
std::string prometheus_text(const std::string& folder);

}  // namespace boxoffice::fn
