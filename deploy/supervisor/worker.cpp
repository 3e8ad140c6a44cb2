#include "worker.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace supervisor {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};
constexpr std::chrono::seconds kQuickDeath{1};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Puts `fd` at `target`, without close-on-exec there.
void place(int fd, int target) {
  if (fd == target) {
    ::fcntl(fd, F_SETFD, 0);
  } else {
    ::dup2(fd, target);
  }
}

// Runs in the child. Only system calls from here on.
[[noreturn]] void become(char* const* argv, char* const* envp, int listener, const char* log,
                         pid_t parent) {
  // A group of its own, so that what the program started can be swept up after it.
  ::setpgid(0, 0);
  // No worker outlives a killed supervisor. The parent may be gone already: look again.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);

  const int out = ::open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (out >= 0) {
    place(out, STDOUT_FILENO);
    place(out, STDERR_FILENO);
  }
  place(listener >= 0 ? listener : ::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);

  // What the supervisor ignores or blocks must not be inherited.
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  ::execve(argv[0], argv, envp);
  const char* reason = ::strerror(errno);
  write_all(STDERR_FILENO, "cannot run ");
  write_all(STDERR_FILENO, argv[0]);
  write_all(STDERR_FILENO, ": ");
  write_all(STDERR_FILENO, reason);
  write_all(STDERR_FILENO, "\n");
  ::_exit(127);
}

// The letter that stands for what a process is doing: after its name, which may hold anything.
char state_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(in, line);
  const auto name_end = line.rfind(") ");
  return name_end == std::string::npos ? '?' : line[name_end + 2];
}

}  // namespace

std::vector<pid_t> stopped_children(pid_t parent) {
  const auto id = std::to_string(parent);
  std::ifstream in("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> out;
  for (pid_t child = 0; in >> child;) {
    if (state_of(child) == 'T') out.push_back(child);
  }
  return out;
}

void Worker::start(const Spec& spec, int listener, TimePoint now) {
  auto arguments = spec.exec;
  auto environment = spec.env;
  environment.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  environment.push_back("WORKER_SLOT=" + std::to_string(slot_));
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);

  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(argv.data(), envp.data(), listener, spec.log.c_str(), self);
  started_ = now;
  stopping_ = false;
  if (child < 0) {  // out of processes or memory: as good as a program that died at once
    log_line(spec.name + ": fork: " + std::strerror(errno));
    exited(now);
    return;
  }
  ::setpgid(child, child);  // here too, so that the group exists whoever runs first
  pid_ = child;
  ++restarts_;
}

void Worker::stop(const Spec& spec, TimePoint now, bool retire) {
  retired_ = retired_ || retire;
  if (!running() || stopping_) return;
  stopping_ = true;
  kill_due_ = now + spec.stop_limit;
  ::kill(pid_, spec.stop_signal);
}

void Worker::exited(TimePoint now) {
  pid_ = 0;
  const bool quick = !stopping_ && now - started_ < kQuickDeath;
  quick_deaths_ = quick ? quick_deaths_ + 1 : 0;
  start_due_ = now;  // at once, except for one that keeps dying
  if (quick_deaths_ > 1) {
    const auto pause = kFirstPause * (1 << std::min(quick_deaths_ - 2, 6));
    start_due_ = now + std::min(pause, kLongestPause);
  }
}

void Worker::tick(TimePoint now) {
  if (!running() || !stopping_ || now < kill_due_) return;
  log_line("slot " + std::to_string(slot_) + " pid " + std::to_string(pid_) +
           " did not stop in time: killed");
  ::kill(-pid_, SIGKILL);
  kill_due_ = now + std::chrono::seconds(1);
}

std::optional<TimePoint> Worker::next_deadline() const {
  if (running()) return stopping_ ? std::optional(kill_due_) : std::nullopt;
  return retired_ ? std::nullopt : std::optional(start_due_);
}

std::string Worker::status(const std::string& service, TimePoint now) const {
  const auto up = running() ? std::chrono::duration_cast<std::chrono::seconds>(now - started_)
                            : std::chrono::seconds(0);
  return service + " slot=" + std::to_string(slot_) + " pid=" + std::to_string(pid_) +
         " up=" + std::to_string(up.count()) + " restarts=" + std::to_string(std::max(restarts_, 0)) +
         (stopping_ ? " stopping" : "") + "\n";
}

}  // namespace supervisor
