// A service: its socket, its workers, and the change that is being made to them, if any.
//
// Promises: the socket is bound once and stays open until the service is removed, so that a
// connection waits while workers come and go; a worker that dies is replaced, for ever, and so is
// one that somebody stops, where the specification says so; two live workers of a service never have
// the same slot.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "control.h"
#include "spec.h"
#include "unix.h"
#include "worker.h"

namespace supervisor {

class Service {
 public:
  // Binds the socket; start() has the first workers started by the next tick().
  explicit Service(Spec spec);

  const Spec& spec() const { return spec_; }
  // A new specification. The number of workers changes now; what else changed, workers see when
  // they are next started.
  void apply(Spec spec, TimePoint now);

  void stop(TimePoint now);  // all of it, for good
  bool gone() const { return stopping_ && workers_.empty(); }

  // True when `pid` was one of these workers.
  bool exited(pid_t pid, int wait_status, TimePoint now);
  // True when `pid` is one of these workers: somebody has stopped it.
  bool stopped(pid_t pid) const;

  // Starts what is due, kills what overstays, takes a change one step further.
  void tick(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // Replaces the workers one at a time, the new before the old.
  void recycle(Reply reply, TimePoint now);
  // Stops every worker and starts it again.
  void restart(Reply reply, TimePoint now);

  std::string status(TimePoint now) const;

 private:
  struct Change {
    enum class Kind { recycle, restart } kind;
    Reply reply;
    TimePoint begun;
    std::deque<std::weak_ptr<Worker>> old;  // recycle: still to be replaced
    std::shared_ptr<Worker> newcomer;       // recycle: on probation
    std::shared_ptr<Worker> leaving;        // recycle: asked to go
  };

  // Children of the program's own (nginx has such) stop unseen by us, so that they are looked at.
  bool watches_children() const { return spec_.kill_stopped && !listener_; }
  void look_at_children(TimePoint now);
  bool lacks_room();
  void kill_stopped(pid_t pid) const;
  void add_worker();
  int free_slot() const;
  void resize(TimePoint now);
  void step(TimePoint now);
  void step_recycle(TimePoint now);
  void step_restart(TimePoint now);
  void finish(const std::string& answer);

  Spec spec_;
  Fd listener_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::optional<Change> change_;
  TimePoint look_due_{};
  bool lacked_room_ = false;
  bool stopping_ = false;
};

}  // namespace supervisor
