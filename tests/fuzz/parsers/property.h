// What every fuzz target shares: a property that does not hold ends the process as a crash would,
// so that libFuzzer keeps the input; and the bytes of an input as fields.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace boxoffice::fuzz {

// Each target is run twice: as it is, and, with FUZZ_PLANTED=1, with a defect planted between the parser
// and the properties. The second run must be found wanting, or the target could not fail at all.
inline const bool kPlanted = std::getenv("FUZZ_PLANTED") != nullptr;

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "PROPERTY BROKEN: %s\n", property);
  std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}
  // 0 where there is nothing left.
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return first;
  }
  std::int64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return static_cast<std::int64_t>(value);
  }
  // Up to the next line end, which is taken, too.
  std::string line() {
    const auto length = left_.find('\n');
    std::string out(left_.substr(0, length));
    left_.remove_prefix(length == std::string_view::npos ? left_.size() : length + 1);
    return out;
  }
  [[nodiscard]] bool empty() const { return left_.empty(); }
  std::string rest() { return std::string(left_); }

 private:
  std::string_view left_;
};

// [0-9]+ without overflow, at least `min`: what a whole number in a path or a query may be.
inline bool plain_number(std::string_view text, std::int64_t min, std::int64_t max,
                         std::int64_t& value) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  __int128 sum = 0;
  for (const char c : text) {
    sum = sum * 10 + (c - '0');
    if (sum > max) return false;
  }
  value = static_cast<std::int64_t>(sum);
  return value >= min;
}

}  // namespace boxoffice::fuzz
