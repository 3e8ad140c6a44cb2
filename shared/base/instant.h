// Points in time, and how the two families write them.
//
// Business time is the database's and is passed around as a value; the process's clock is used
// only for durations (monotonic) and for the expiry of tokens (wall).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boxoffice {

// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t micros = 0;
  constexpr auto operator<=>(const Instant&) const = default;
  [[nodiscard]] constexpr Instant plus_seconds(std::int64_t seconds) const {
    return {micros + seconds * 1'000'000};
  }
  [[nodiscard]] constexpr std::int64_t seconds() const { return micros / 1'000'000; }
};

// Whole milliseconds on a clock that never steps; only differences mean something.
std::int64_t monotonic_ms();
Instant wall_clock();

// Sets the zone of everything below; called once, before the first request. False: no such zone.
bool set_time_zone(const std::string& name);

std::string rfc3339(Instant t);           // 2026-12-24T19:00:00.000000+09:00
std::string local_date_time(Instant t);   // 2026-12-24T19:00:00.000000
std::string local_date(Instant t);        // 2026-12-24
std::string local_minute(Instant t);      // 2026-12-24T19:00

// A calendar date, or a date and minute, in the service's zone.
struct LocalMoment {
  Instant begin;     // the day's first instant, or the minute's
  Instant end;       // exclusive
};
std::optional<LocalMoment> parse_local_moment(std::string_view text);  // YYYY-MM-DD[THH:MM]
std::optional<Instant> parse_rfc3339(std::string_view text);  // offset or Z; also YYYY-MM-DDTHH:MM[:SS] local

}  // namespace boxoffice
