// The control socket: one command a connection, one line; the answer is any number of lines, of
// which the last is `ok` or starts with `failed`.
#pragma once

#include <string>

#include "unix.h"

namespace supervisor {

// The open end of one command. Whoever holds it answers once; if nobody does, the client is told
// that the supervisor stopped.
class Reply {
 public:
  Reply() = default;
  explicit Reply(Fd connection) : connection_(std::move(connection)) {}
  Reply(Reply&&) = default;
  Reply& operator=(Reply&&) = default;
  ~Reply();

  void finish(const std::string& answer);

 private:
  Fd connection_;
};

struct Command {
  std::string verb;
  std::string name;  // empty where the verb takes none
  Reply reply;
};

// Accepts one connection and reads its command. Only the owner of the state folder can connect,
// so a client that sends nothing is waited for (half a second), not defended against.
Command accept_command(int listener);

// The client's side: sends the command, prints the answer. The exit status of the program.
int run_client(const std::string& socket, const std::string& command);

}  // namespace supervisor
