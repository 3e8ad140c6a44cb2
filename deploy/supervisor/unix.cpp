#include "unix.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace supervisor {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    throw SystemError(path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Fd unix_socket() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw SystemError("socket");
  return fd;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

SystemError::SystemError(const std::string& what)
    : std::runtime_error(what + ": " + std::strerror(errno)) {}

Fd listen_unix(const std::string& path, int backlog) {
  const auto address = address_of(path);
  auto fd = unix_socket();
  // A socket file outlives the process that bound it. Only one supervisor runs in a state
  // folder (it holds a lock), so whatever lies here is left over.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SystemError("unlink " + path);
  const auto old_mask = ::umask(0177);
  const int bound =
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(old_mask);
  if (bound != 0) throw SystemError("bind " + path);
  if (::listen(fd.get(), backlog) != 0) throw SystemError("listen " + path);
  return fd;
}

Fd connect_unix(const std::string& path) {
  const auto address = address_of(path);
  auto fd = unix_socket();
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw SystemError(path);
  }
  return fd;
}

Fd lock_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) throw SystemError(path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) throw SystemError(path + " is locked");
  return fd;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void log_line(const std::string& text) {
  char when[32] = "";
  const auto now = std::time(nullptr);
  std::tm parts{};
  if (::gmtime_r(&now, &parts) != nullptr) {
    std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
  }
  write_all(STDERR_FILENO, std::string(when) + " " + text + "\n");
}

}  // namespace supervisor
