// Randomness that can be repeated: the seed is printed with every failure, and TEST_SEED sets it.
#pragma once

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace boxoffice::checks {

class Random {
 public:
  explicit Random(unsigned seed = chosen())
      : seed_(seed),
        engine_(seed_),
        trace_(__FILE__, __LINE__, "TEST_SEED=" + std::to_string(seed_)) {
    ::testing::Test::RecordProperty("seed", std::to_string(seed_));
  }
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  bool one_in(std::int64_t n) { return from(1, n) == 1; }
  static unsigned chosen() {
    const char* said = std::getenv("TEST_SEED");
    return said != nullptr ? static_cast<unsigned>(std::stoul(said)) : std::random_device{}();
  }

 private:
  unsigned seed_;
  std::mt19937 engine_;
  ::testing::ScopedTrace trace_;
};

}  // namespace boxoffice::checks
