// Latencies of one measurement, and what is said of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace boxoffice::bench {

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class Latencies {
 public:
  void add(std::int64_t ns) { ns_.push_back(ns); }
  void add(const Latencies& other) { ns_.insert(ns_.end(), other.ns_.begin(), other.ns_.end()); }
  [[nodiscard]] std::size_t count() const { return ns_.size(); }
  // The latency that this part of all were within, in microseconds. Every one is kept and sorted:
  // a tail of a histogram's buckets would be a guess.
  [[nodiscard]] double micros(double part) {
    if (ns_.empty()) return 0;
    std::sort(ns_.begin(), ns_.end());
    const auto last = static_cast<double>(ns_.size() - 1);
    return static_cast<double>(ns_[static_cast<std::size_t>(part * last + 0.5)]) / 1000;
  }
  [[nodiscard]] std::string json() {
    char out[160];
    std::snprintf(out, sizeof out, "\"n\":%zu,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f",
                  count(), micros(0.5), micros(0.99), micros(0.999), micros(1));
    return out;
  }

 private:
  std::vector<std::int64_t> ns_;
};

}  // namespace boxoffice::bench
