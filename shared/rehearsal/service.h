// The stage of an on-sale rehearsal: a queue, a concert, an evening and its seats, apart from
// whatever is sold; and its removal with all that was done on it.
#pragma once

#include "base/result.h"
#include "rehearsal/store.h"

namespace boxoffice::rehearsal {

// What every run's queue and concert are called, before the run's own name; and its fans.
inline constexpr auto kStageName = "Rehearsal ";
inline constexpr auto kFanName = "rehearsal-";
// A name that no other run has, from the time and the seed (≥ 0).
std::string new_run(std::int64_t seed);
// The names of a run's fans begin so.
std::string fan_names(const std::string& run);

struct Plan {
  std::string run;  // of new_run: by its form it is told from a sale's name
  std::int64_t seats, capacity, claim_seconds, visit_seconds;
};
struct Stage {
  QueueId queue;
  ConcertId concert;
  SessionId session;
  std::string name;
};
// The best tenth of the seats, those with the lowest numbers, cost most, the last half least.
inline constexpr Won kFrontPrice{165'000}, kMiddlePrice{132'000}, kBackPrice{99'000};
Result<Stage> set_up(db::Connection& connection, const Plan& plan);

struct Removed {
  std::string name;
  std::int64_t users = 0;
};
// In small transactions, after each of which every invariant holds, so that it may be done beside
// a sale. INVALID_FIELD where somebody else's reservations or places hang on it: nothing is done.
// REQUIRES: a connection that waits long for answers.
Result<Removed> remove(db::Connection& connection, const Run& run);
std::vector<Run> runs(db::Connection& connection);

}  // namespace boxoffice::rehearsal
