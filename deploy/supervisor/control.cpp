#include "control.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

namespace supervisor {

Reply::~Reply() { finish("failed the supervisor stopped"); }

void Reply::finish(const std::string& answer) {
  if (!connection_) return;
  write_all(connection_.get(), answer + "\n");
  connection_ = Fd{};
}

Command accept_command(int listener) {
  Fd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  Command command;
  if (!connection) return command;
  const timeval patience{.tv_sec = 0, .tv_usec = 500000};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string line;
  char buffer[256];
  while (line.find('\n') == std::string::npos && line.size() < sizeof buffer) {
    const auto n = ::read(connection.get(), buffer, sizeof buffer);
    if (n <= 0) break;
    line.append(buffer, static_cast<std::size_t>(n));
  }
  std::istringstream words(line);
  words >> command.verb >> command.name;
  command.reply = Reply(std::move(connection));
  return command;
}

int run_client(const std::string& socket, const std::string& command) {
  const auto connection = connect_unix(socket);
  if (!write_all(connection.get(), command + "\n")) throw SystemError(socket);
  std::string answer;
  char buffer[4096];
  for (;;) {
    const auto n = ::read(connection.get(), buffer, sizeof buffer);
    if (n <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(n));
  }
  const bool ok = answer == "ok\n" || (answer.size() > 4 && answer.ends_with("\nok\n"));
  std::fputs(answer.c_str(), ok ? stdout : stderr);
  return ok ? 0 : 1;
}

}  // namespace supervisor
