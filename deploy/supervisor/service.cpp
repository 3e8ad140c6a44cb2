#include "service.h"

#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace supervisor {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::milliseconds kRoomEvery{250};

std::string described(int wait_status) {
  if (WIFEXITED(wait_status)) return "exited " + std::to_string(WEXITSTATUS(wait_status));
  return "killed by signal " + std::to_string(WTERMSIG(wait_status));
}

}  // namespace

Service::Service(Spec spec) : spec_(std::move(spec)) {
  if (!spec_.socket.empty()) listener_ = listen_unix(spec_.socket, spec_.backlog);
  for (int i = 0; i < spec_.workers; ++i) add_worker();
}

int Service::free_slot() const {
  int slot = spec_.first_slot;
  const auto taken = [&](const auto& w) { return w->slot() == slot; };
  while (std::any_of(workers_.begin(), workers_.end(), taken)) ++slot;
  return slot;
}

void Service::add_worker() { workers_.push_back(std::make_shared<Worker>(free_slot())); }

void Service::apply(Spec spec, TimePoint now) {
  if (spec.backlog != spec_.backlog && listener_) ::listen(listener_.get(), spec.backlog);
  spec_ = std::move(spec);
  if (!change_) resize(now);
}

// Brings the number of workers to what the specification says.
void Service::resize(TimePoint now) {
  auto staying = std::count_if(workers_.begin(), workers_.end(),
                               [](const auto& w) { return !w->retired(); });
  for (; staying < spec_.workers; ++staying) add_worker();
  for (auto w = workers_.rbegin(); w != workers_.rend() && staying > spec_.workers; ++w) {
    if ((*w)->retired()) continue;
    (*w)->stop(spec_, now, true);
    --staying;
  }
}

void Service::stop(TimePoint now) {
  if (stopping_) return;
  stopping_ = true;
  if (change_) finish("failed the service is being stopped");
  for (const auto& w : workers_) w->stop(spec_, now, true);
  tick(now);
}

bool Service::exited(pid_t pid, int wait_status, TimePoint now) {
  for (const auto& w : workers_) {
    if (w->pid() != pid) continue;
    const bool asked = w->retired() || (change_ && change_->kind == Change::Kind::restart);
    if (!asked || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
      log_line(spec_.name + " slot " + std::to_string(w->slot()) + " pid " + std::to_string(pid) +
               " " + described(wait_status));
    }
    w->exited(now);
    return true;
  }
  return false;
}

bool Service::stopped(pid_t pid) const {
  const auto is_it = [&](const auto& w) { return w->pid() == pid; };
  if (std::none_of(workers_.begin(), workers_.end(), is_it)) return false;
  kill_stopped(pid);
  return true;
}

// A stopped process keeps its request, its locks and its connections for as long as it likes. Killed,
// it has done what it answered and nothing else, as every process here may be killed.
void Service::kill_stopped(pid_t pid) const {
  log_line(spec_.name + " pid " + std::to_string(pid) + " is stopped: " +
           (spec_.kill_stopped ? "killed" : "left so; kill -CONT lets it go on"));
  if (spec_.kill_stopped) ::kill(pid, SIGKILL);
}

// A program that is started without the room it needs may hang where nothing looks again: MariaDB
// waits for a minute.
bool Service::lacks_room() {
  struct statvfs disk {};
  const auto folder = spec_.log.substr(0, spec_.log.rfind('/'));
  const bool lacks = spec_.room_megabytes > 0 && ::statvfs(folder.c_str(), &disk) == 0 &&
                     disk.f_bavail * disk.f_frsize < static_cast<unsigned long>(spec_.room_megabytes) << 20;
  if (lacks && !lacked_room_) {
    log_line(spec_.name + " is not started: less than " + std::to_string(spec_.room_megabytes) +
             " MB are free on the disk of " + folder);
  }
  return lacked_room_ = lacks;
}

void Service::look_at_children(TimePoint now) {
  if (now < look_due_) return;
  look_due_ = now + kLookEvery;
  for (const auto& w : workers_) {
    if (!w->running()) continue;
    for (const pid_t child : stopped_children(w->pid())) kill_stopped(child);
  }
}

void Service::tick(TimePoint now) {
  if (watches_children()) look_at_children(now);
  for (const auto& w : workers_) w->tick(now);
  std::erase_if(workers_, [](const auto& w) { return w->gone(); });
  if (stopping_) return;
  if (change_) step(now);
  for (const auto& w : workers_) {
    if (!w->running() && !w->retired() && w->start_due() <= now) {
      if (lacks_room()) {
        w->put_off(now + kRoomEvery);
      } else {
        w->start(spec_, listener_.get(), now);
      }
    }
  }
}

std::optional<TimePoint> Service::next_deadline() const {
  std::optional<TimePoint> next;
  if (watches_children() && !workers_.empty()) next = look_due_;
  const auto consider = [&](std::optional<TimePoint> t) {
    if (t && (!next || *t < *next)) next = t;
  };
  for (const auto& w : workers_) {
    consider(w->next_deadline());
    if (change_ && w->running()) {
      const auto settled = w->started() + kProbation;
      if (!w->settled(Clock::now())) consider(settled);
    }
  }
  return next;
}

void Service::recycle(Reply reply, TimePoint now) {
  if (change_) return reply.finish("failed another change is under way");
  if (!listener_) return reply.finish("failed it has no socket of ours: use restart");
  change_.emplace(Change{Change::Kind::recycle, std::move(reply), now, {}, {}, {}});
  for (const auto& w : workers_) {
    if (!w->retired()) change_->old.push_back(w);
  }
  step(now);
}

void Service::restart(Reply reply, TimePoint now) {
  if (change_) return reply.finish("failed another change is under way");
  change_.emplace(Change{Change::Kind::restart, std::move(reply), now, {}, {}, {}});
  for (const auto& w : workers_) w->stop(spec_, now, false);
}

void Service::step(TimePoint now) {
  if (change_->kind == Change::Kind::recycle) {
    step_recycle(now);
  } else {
    step_restart(now);
  }
  if (!change_) resize(now);  // a reload may have come in between
}

// newcomer starts → lives through its probation → one old worker leaves → next.
void Service::step_recycle(TimePoint now) {
  auto& change = *change_;
  if (change.leaving) {
    if (!change.leaving->gone()) return;
    change.leaving.reset();
  }
  if (change.newcomer) {
    auto& newcomer = *change.newcomer;
    if (!newcomer.running()) {
      newcomer.stop(spec_, now, true);
      std::erase(workers_, change.newcomer);
      return finish("failed the new program dies at once; see " + spec_.log);
    }
    if (!newcomer.settled(now)) return;
    change.newcomer.reset();
    change.leaving = change.old.front().lock();
    change.old.pop_front();
    if (change.leaving) change.leaving->stop(spec_, now, true);
    return step_recycle(now);
  }
  while (!change.old.empty() && change.old.front().expired()) change.old.pop_front();
  if (change.old.empty()) return finish("ok");
  add_worker();
  change.newcomer = workers_.back();
  change.newcomer->start(spec_, listener_.get(), now);
}

void Service::step_restart(TimePoint now) {
  const bool settled = std::all_of(workers_.begin(), workers_.end(), [&](const auto& w) {
    return w->settled(now) && w->started() >= change_->begun;
  });
  const bool failing = std::any_of(workers_.begin(), workers_.end(),
                                   [](const auto& w) { return w->dies_at_once(); });
  if (settled) return finish("ok");
  if (failing) return finish("failed it dies at once; see " + spec_.log);
}

void Service::finish(const std::string& answer) {
  const bool recycle = change_->kind == Change::Kind::recycle;
  log_line(spec_.name + (recycle ? " recycle: " : " restart: ") + answer);
  change_->reply.finish(answer);
  change_.reset();
}

std::string Service::status(TimePoint now) const {
  std::string out;
  for (const auto& w : workers_) out += w->status(spec_.name, now);
  return out;
}

}  // namespace supervisor
