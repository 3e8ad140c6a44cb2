#include "rehearse/seats.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace boxoffice::rehearse {
namespace {

// Thousands of seats are read thousands of times, on the machine that is being measured: the
// members are found by their names, not by building the whole document.
std::optional<std::int64_t> number_after(const std::string& body, const std::string& name,
                                         std::size_t& at) {
  const auto found = body.find(name, at);
  if (found == std::string::npos) return {};
  at = found + name.size();
  return std::atoll(body.c_str() + at);
}

}  // namespace

std::optional<std::int64_t> available_seats_of(const std::string& body, std::int64_t session) {
  const auto own = "\"sessionId\":" + std::to_string(session) + ",";
  auto at = body.find(own);
  if (at == std::string::npos) return {};
  return number_after(body, "\"availableSeatCount\":", at);
}

std::vector<std::int64_t> free_seats_of(const std::string& body) {
  const auto begin = body.find("\"availableSeats\":[");
  if (begin == std::string::npos) return {};
  const auto list = body.substr(begin, body.find(']', begin) - begin);
  std::vector<std::int64_t> out;
  std::size_t at = 0;
  while (const auto id = number_after(list, "\"seatId\":", at)) out.push_back(*id);
  return out;
}

std::vector<std::int64_t> choose_seats(const std::vector<std::int64_t>& free, int wanted,
                                       std::mt19937& chance) {
  if (free.empty()) return {};
  const auto count = std::min(free.size(), static_cast<std::size_t>(wanted));
  constexpr double kCrowding = 2.5;  // 1: anywhere; higher: more of them at the front
  const double draw = std::pow(std::uniform_real_distribution<double>(0, 1)(chance), kCrowding);
  const auto last = free.size() - count;
  const auto from = static_cast<std::size_t>(draw * static_cast<double>(last));
  const auto seats_from = [&](std::size_t i) {
    return std::vector<std::int64_t>(free.begin() + static_cast<std::ptrdiff_t>(i),
                                     free.begin() + static_cast<std::ptrdiff_t>(i + count));
  };
  for (auto i = from; i <= last; ++i) {
    if (free[i + count - 1] - free[i] == static_cast<std::int64_t>(count) - 1) return seats_from(i);
  }
  return seats_from(from);
}

}  // namespace boxoffice::rehearse
