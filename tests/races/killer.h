// Ends processes of the stack with SIGKILL at random instants, and watches that the service comes
// back by itself.
#pragma once

#include <string>
#include <thread>

#include "races/suite.h"

namespace boxoffice::races {

class Killer {
 public:
  // Begins at once, if the options name what to kill.
  Killer(const Options& options, Verdict& verdict);
  ~Killer();
  // Waits until all that were to be killed have been.
  void stop();
  [[nodiscard]] std::string report() const;
  [[nodiscard]] bool done() const { return done_; }

 private:
  void run();
  void kill_one(const std::string& kind);
  void wait_until_back(const std::string& kind);
  Options options_;
  Verdict& verdict_;
  std::mt19937_64 random_;
  std::atomic<bool> done_{false};
  std::int64_t killed_ = 0, longest_micros_ = 0;
  std::jthread thread_;
};

}  // namespace boxoffice::races
