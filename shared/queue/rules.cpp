#include "queue/rules.h"

#include <algorithm>
#include <cmath>

namespace boxoffice::queue {
namespace {

constexpr double kMemorySeconds = 60;
constexpr double kMeasuredSecondsMin = 5;      // less than this is noise
constexpr double kMeasuredPerMinuteMin = 0.5;  // below, the average only remembers an old burst
constexpr double kExpectedSecondsMax = 7 * 86400.0;
constexpr std::int64_t kPollMsMin = 1'000;
constexpr std::int64_t kPollMsMax = 30'000;

double seconds_between(Instant earlier, Instant later) {
  return static_cast<double>(later.micros - earlier.micros) / 1e6;
}

}  // namespace

const char* name_of(Status status) {
  switch (status) {
    case Status::waiting: return "WAITING";
    case Status::activated: return "ACTIVATED";
    case Status::completed: return "COMPLETED";
    case Status::expired: return "EXPIRED";
  }
  return "EXPIRED";
}

Rate fold(const Rate& rate, std::int64_t admitted, Instant now) {
  if (!rate.from || !rate.at) return {0, now, now};
  const double elapsed = std::max(0.0, seconds_between(*rate.at, now));
  const double kept = rate.per_minute * std::exp(-elapsed / kMemorySeconds);
  return {kept + static_cast<double>(admitted) * 60 / kMemorySeconds, rate.from, now};
}

std::optional<double> measured_per_minute(const Rate& rate, Instant now) {
  if (!rate.from || !rate.at) return {};
  const double measured = seconds_between(*rate.from, now);
  if (measured < kMeasuredSecondsMin) return {};
  const double decayed =
      rate.per_minute * std::exp(-std::max(0.0, seconds_between(*rate.at, now)) / kMemorySeconds);
  // Early on the average has not seen a whole memory's worth; scale by the part it has seen.
  const double value = decayed / (1 - std::exp(-measured / kMemorySeconds));
  if (value < kMeasuredPerMinuteMin) return {};
  return value;
}

std::int64_t waiting_number(TicketNumber number, TicketNumber served) {
  return std::max<std::int64_t>(1, number.value - served.value);
}

Expectation expect(std::int64_t waiting, const Pace& pace, Instant now) {
  const double configured = static_cast<double>(std::max<std::int64_t>(1, pace.capacity)) * 60 /
                            static_cast<double>(std::max<std::int64_t>(1, pace.visit_seconds));
  const double per_minute = pace.measured_per_minute.value_or(configured);
  const double seconds =
      std::min(kExpectedSecondsMax, static_cast<double>(waiting) * 60 / per_minute);
  return {Instant{now.micros + static_cast<std::int64_t>(seconds * 1e6)},
          pace.measured_per_minute.has_value()};
}

std::int64_t poll_after_ms(const Expectation& expectation, TicketNumber number, Instant now) {
  const std::int64_t wait_ms = (expectation.at.micros - now.micros) / 1000;
  const std::int64_t base = std::clamp(wait_ms / 10, kPollMsMin, kPollMsMax);
  return base + base / 4 * (number.value % 16) / 16;
}

bool worth_advancing(const Room& room) {
  if (room.paused || !room.somebody_waits) return false;
  return room.inside < room.capacity || room.a_visit_has_ended;
}

}  // namespace boxoffice::queue
