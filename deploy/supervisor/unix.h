// The few things of the operating system that the supervisor needs, each owning what it opens.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace supervisor {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

// A descriptor that is closed with its owner. Every one is close-on-exec: a worker inherits
// exactly what it is given.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// What went wrong, in one line, with the reason the system gave.
class SystemError : public std::runtime_error {
 public:
  explicit SystemError(const std::string& what);
};

// A listening unix socket at `path` with mode 0600. Whatever lay there before is replaced.
Fd listen_unix(const std::string& path, int backlog);

// The connection to the unix socket at `path`.
Fd connect_unix(const std::string& path);

// The lock that makes a program the only one of its kind. Throws when it is taken.
Fd lock_file(const std::string& path);

// Writes all of it; false when the other side has gone.
bool write_all(int fd, std::string_view text);

// One line on standard error: the time and the text.
void log_line(const std::string& text);

}  // namespace supervisor
