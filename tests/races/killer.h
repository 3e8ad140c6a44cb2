// Brings trouble on the stack at random instants, and watches that the service comes back by itself.
//
//   worker, nginx, mariadbd, job   killed with SIGKILL
//   stopped-worker, stopped-nginx  stopped, and nobody lets them go on
//   hung-worker                    held by a request that never comes to its end
//   power                          the database loses what it had not synced
//   stalled                        the database is stopped for a while
//   connections                    somebody takes every connection that the database has, for a while
//   full-disk                      the disk below the stack is full, for a while
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "races/suite.h"

namespace boxoffice::races {

inline constexpr const char* kTroubles =
    "worker, nginx, mariadbd, job, stopped-worker, stopped-nginx, hung-worker, power, stalled, "
    "connections, full-disk";

class LapsedHolds;

class Killer {
 public:
  // Begins at once, if the options name what to kill.
  Killer(const Options& options, Verdict& verdict);
  ~Killer();
  // Waits until all that were to be killed have been.
  void stop();
  [[nodiscard]] std::string report() const;
  // Whether a client may be hung up on: only where nginx itself may be lost. All else is a 503 to it.
  [[nodiscard]] bool may_hang_up() const;
  // Whether what somebody was only shown may be gone again: InnoDB shows others a commit a moment before
  // it is in the log. Whoever made it is not answered before that.
  [[nodiscard]] bool may_unsee() const;
  [[nodiscard]] bool done() const { return done_; }

 private:
  void run();
  // These answer since when (monotonic, in microseconds) the service ought to be on its way back.
  std::int64_t bring(const std::string& kind);
  std::int64_t kill_job();
  std::int64_t kill_one(const std::string& kind);
  void expire_the_rest();
  void wait_until_back(const std::string& kind, std::int64_t since);
  Options options_;
  Verdict& verdict_;
  std::mt19937_64 random_;
  std::atomic<bool> done_{false};
  std::int64_t killed_ = 0, longest_micros_ = 0;
  std::unique_ptr<LapsedHolds> lapsed_;  // what the jobs that are killed have to do
  std::jthread thread_;
};

}  // namespace boxoffice::races
