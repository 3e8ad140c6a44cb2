// The line's arithmetic: numbers, expected times, admission rate. Pure: `now` is an argument.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/instant.h"

namespace boxoffice::queue {

// What a caller's place is, in the contract's words. LEFT is shown as EXPIRED.
enum class Status { waiting, activated, completed, expired };
const char* name_of(Status status);

// A moving average of admissions with a memory of about one minute.
struct Rate {
  double per_minute = 0;          // as of `at`
  std::optional<Instant> from;    // the first admission: measuring begins there
  std::optional<Instant> at;
};
// Folds in `admitted` people let in at `now`. The first call only starts the clock: filling an
// empty hall is no measure of how fast it empties.
Rate fold(const Rate& rate, std::int64_t admitted, Instant now);
// Nothing until there has been something to measure.
std::optional<double> measured_per_minute(const Rate& rate, Instant now);

// 1 is next; the same with ten people in line or ten million.
std::int64_t waiting_number(TicketNumber number, TicketNumber served);

struct Pace {
  std::optional<double> measured_per_minute;
  std::int64_t capacity;
  std::int64_t visit_seconds;
};
struct Expectation {
  Instant at;
  bool measured;  // false: computed from capacity and visit limit, nothing has been measured yet
};
Expectation expect(std::int64_t waiting, const Pace& pace, Instant now);

// How long the client may wait before it asks again: a tenth of the expected wait within bounds,
// spread by the ticket number so that a crowd does not ask in step.
std::int64_t poll_after_ms(const Expectation& expectation, TicketNumber number, Instant now);

// Whether an advance could change anything.
struct Room {
  bool paused;
  std::int64_t capacity, inside;
  bool somebody_waits;
  bool a_visit_has_ended;
};
bool worth_advancing(const Room& room);

}  // namespace boxoffice::queue
