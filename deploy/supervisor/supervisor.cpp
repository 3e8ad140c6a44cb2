#include "supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace supervisor {
namespace {

Fd watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) throw SystemError("sigprocmask");
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw SystemError("signalfd");
  return fd;
}

}  // namespace

Supervisor::Supervisor(const std::string& state)
    : folder_(state + "/services"),
      lock_(lock_file(state + "/run/supervisor.lock")),
      signals_(watch_signals()) {
  ::signal(SIGPIPE, SIG_IGN);
  if (::ftruncate(lock_.get(), 0) != 0 ||
      !write_all(lock_.get(), std::to_string(::getpid()) + "\n")) {
    throw SystemError("run/supervisor.lock");
  }
  for (auto& [name, spec] : read_specs(folder_)) {
    services_.emplace(name, std::make_unique<Service>(spec));
  }
  control_ = listen_unix(state + "/run/control", 64);
}

void Supervisor::run() {
  log_line("supervisor started with " + std::to_string(services_.size()) + " services");
  for (;;) {
    const auto now = Clock::now();
    reap(now);
    for (const auto& [name, service] : services_) service->tick(now);
    for (const auto& [name, service] : leaving_) service->tick(now);
    std::erase_if(leaving_, [](const auto& entry) { return entry.second->gone(); });
    if (stopping_) {
      stop_next(now);
      if (services_.empty() && leaving_.empty()) break;
    }
    pollfd watched[] = {{signals_.get(), POLLIN, 0}, {control_.get(), POLLIN, 0}};
    if (::poll(watched, 2, milliseconds_to_wait(Clock::now())) <= 0) continue;
    if (watched[0].revents != 0) on_signal(Clock::now());
    if (watched[1].revents != 0) handle(accept_command(control_.get()), Clock::now());
  }
  log_line("supervisor stopped");
}

void Supervisor::on_signal(TimePoint) {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) stopping_ = true;
  }
}

// Takes every process that has ended, and hears of those that were stopped. The process is looked at
// before it is waited for: until then its id cannot be given to another, so the rest of its group can
// be ended without hitting a stranger (a crashed nginx or cron must not leave children behind).
void Supervisor::reap(TimePoint now) {
  for (;;) {
    siginfo_t changed{};
    constexpr int kLook = WEXITED | WSTOPPED | WNOHANG | WNOWAIT;
    if (::waitid(P_ALL, 0, &changed, kLook) != 0 || changed.si_pid == 0) return;
    const pid_t pid = changed.si_pid;
    if (changed.si_code == CLD_STOPPED) {
      siginfo_t taken{};  // the stop alone: an end that came after it stays for the next look
      ::waitid(P_PID, static_cast<id_t>(pid), &taken, WSTOPPED | WNOHANG);
      const auto its = [&](const auto& entry) { return entry.second->stopped(pid); };
      if (std::none_of(services_.begin(), services_.end(), its)) {
        static_cast<void>(std::any_of(leaving_.begin(), leaving_.end(), its));
      }
      continue;
    }
    ::kill(-pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    const auto ours = [&](const auto& entry) { return entry.second->exited(pid, status, now); };
    if (std::none_of(services_.begin(), services_.end(), ours)) {
      static_cast<void>(std::any_of(leaving_.begin(), leaving_.end(), ours));
    }
  }
}

// Stops the services of the highest order that is left; the next order when these are gone.
void Supervisor::stop_next(TimePoint now) {
  std::erase_if(services_, [](const auto& entry) { return entry.second->gone(); });
  int order = -1;
  for (const auto& [name, service] : services_) order = std::max(order, service->spec().order);
  for (const auto& [name, service] : services_) {
    if (service->spec().order == order) service->stop(now);
  }
  std::erase_if(services_, [](const auto& entry) { return entry.second->gone(); });
}

int Supervisor::milliseconds_to_wait(TimePoint now) const {
  std::optional<TimePoint> next;
  const auto consider = [&](const auto& all) {
    for (const auto& [name, service] : all) {
      const auto deadline = service->next_deadline();
      if (deadline && (!next || *deadline < *next)) next = deadline;
    }
  };
  consider(services_);
  consider(leaving_);
  if (!next) return stopping_ && services_.empty() ? 0 : -1;
  if (*next <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
  return static_cast<int>(std::min<std::int64_t>(left.count(), 60000));
}

// Makes the services what the folder says. Workers of a changed service keep running as they
// are; the answer names it, so that the caller can recycle or restart it.
std::string Supervisor::reload(TimePoint now) {
  auto specs = read_specs(folder_);
  std::string answer;
  for (auto it = services_.begin(); it != services_.end();) {
    const auto found = specs.find(it->first);
    if (found != specs.end() && found->second.socket == it->second->spec().socket) {
      ++it;
      continue;
    }
    if (leaving_.contains(it->first)) return answer + "failed " + it->first + " is still stopping";
    answer += "removed " + it->first + "\n";
    it->second->stop(now);
    leaving_.insert(services_.extract(it++));
  }
  for (auto& [name, spec] : specs) {
    const auto found = services_.find(name);
    if (found == services_.end()) {
      services_.emplace(name, std::make_unique<Service>(spec));
      answer += "added " + name + "\n";
    } else if (found->second->spec() != spec) {
      found->second->apply(spec, now);
      answer += "changed " + name + "\n";
    }
  }
  return answer + "ok";
}

std::string Supervisor::status(TimePoint now) const {
  std::string answer;
  for (const auto& [name, service] : services_) answer += service->status(now);
  for (const auto& [name, service] : leaving_) answer += service->status(now);
  return answer + "ok";
}

void Supervisor::handle(Command command, TimePoint now) {
  auto& reply = command.reply;
  if (stopping_) return reply.finish("failed the supervisor is stopping");
  try {
    if (command.verb == "status") return reply.finish(status(now));
    if (command.verb == "reload") return reply.finish(reload(now));
  } catch (const std::exception& problem) {
    return reply.finish(std::string("failed ") + problem.what());
  }
  if (command.verb != "recycle" && command.verb != "restart") {
    return reply.finish("failed no such command: recycle NAME, restart NAME, reload, status");
  }
  const auto found = services_.find(command.name);
  if (found == services_.end()) return reply.finish("failed no such service: " + command.name);
  if (command.verb == "recycle") {
    found->second->recycle(std::move(reply), now);
  } else {
    found->second->restart(std::move(reply), now);
  }
}

}  // namespace supervisor
