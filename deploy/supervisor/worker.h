// One place for a process of a service: started, watched, restarted, stopped.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "spec.h"
#include "unix.h"

namespace supervisor {

// How long a worker must live to count as well started.
inline constexpr std::chrono::milliseconds kProbation{250};

// The children of a process that somebody has stopped.
std::vector<pid_t> stopped_children(pid_t parent);

class Worker {
 public:
  explicit Worker(int slot) : slot_(slot) {}

  int slot() const { return slot_; }
  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  bool retired() const { return retired_; }
  // Nothing runs here and nothing will be started here again.
  bool gone() const { return retired_ && !running(); }
  bool dies_at_once() const { return quick_deaths_ >= 3; }
  bool settled(TimePoint now) const { return running() && now - started_ >= kProbation; }
  TimePoint started() const { return started_; }
  TimePoint start_due() const { return start_due_; }

  // Starts the program. `listener` (or -1) becomes its fd 0.
  void start(const Spec& spec, int listener, TimePoint now);

  // The next start is not before that.
  void put_off(TimePoint until) { start_due_ = until; }

  // Asks the process to finish. Whoever overstays is killed by tick(). With `retire`, no other
  // takes its place; without, the next starts as soon as it is gone.
  void stop(const Spec& spec, TimePoint now, bool retire);

  // The process is gone: decides when the next one starts.
  void exited(TimePoint now);

  void tick(TimePoint now);  // kills a process that was asked to go and did not
  std::optional<TimePoint> next_deadline() const;
  std::string status(const std::string& service, TimePoint now) const;

 private:
  int slot_;
  pid_t pid_ = 0;
  bool stopping_ = false;
  bool retired_ = false;
  int restarts_ = -1;  // the first start is none
  int quick_deaths_ = 0;
  TimePoint started_{};
  TimePoint start_due_{};  // when nothing runs: the time of the next start
  TimePoint kill_due_{};   // while stopping
};

}  // namespace supervisor
