// The loop: signals, the control socket, and all services of one state folder.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "control.h"
#include "service.h"

namespace supervisor {

class Supervisor {
 public:
  // Uses STATE/services, STATE/run/control and the lock STATE/run/supervisor.lock, in which it
  // leaves its process id.
  explicit Supervisor(const std::string& state);

  // Returns when everything has been stopped on SIGTERM or SIGINT.
  void run();

 private:
  std::string reload(TimePoint now);
  void handle(Command command, TimePoint now);
  void reap(TimePoint now);
  void on_signal(TimePoint now);
  void stop_next(TimePoint now);
  int milliseconds_to_wait(TimePoint now) const;
  std::string status(TimePoint now) const;

  std::string folder_;
  Fd lock_;
  Fd control_;
  Fd signals_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::map<std::string, std::unique_ptr<Service>> leaving_;  // removed, still stopping
  bool stopping_ = false;
};

}  // namespace supervisor
