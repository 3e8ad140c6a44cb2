// HTTP as a client of the stack speaks it: one kept connection, one request at a time, and the
// freedom to hang up at any moment. Small, so that it does not take the server's processor.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

namespace boxoffice::races {

struct Reply {
  int status = 0;  // 0: no answer came
  std::string body;
  bool replayed = false;
  bool in_shape = true;  // where it is a 503: JSON, and it says when to come back
  [[nodiscard]] std::int64_t number(const std::string& member) const;  // 0 where it is not there
  [[nodiscard]] std::string text(const std::string& member) const;
  // Nobody can tell from this answer whether the deed was done: ask again with the same key.
  [[nodiscard]] bool tells_nothing() const;
};

// How the stack behaves towards this client while it is in trouble.
struct Manners {
  std::int64_t unanswered = 0;      // hung up, or silent for longer than anybody waits
  std::int64_t misshapen = 0;       // an error of the server's that is not a 503 as it should be
  std::int64_t longest_micros = 0;  // the longest that an answer took
  std::string example;              // of what is misshapen
};

struct Ask {
  std::string method, path, body;
  std::string access, place, key;
};

class Client {
 public:
  Client();  // of BASE_URL
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Reply send(const Ask& ask);
  // Sends the request, waits so long, and hangs up without having read anything.
  void send_and_hang_up(const Ask& ask, int wait_micros);
  // Asks until the answer tells what happened; a request without a key must bear repetition.
  Reply insist(const Ask& ask);
  [[nodiscard]] std::int64_t retries() const { return retries_; }
  [[nodiscard]] const Manners& manners() const { return manners_; }

 private:
  bool open();
  void close();
  bool write(const Ask& ask);
  bool fill();
  Reply read();
  int fd_ = -1;
  std::string buffer_;
  std::int64_t retries_ = 0;
  Manners manners_;
};

// The request as it goes over the wire, and where it goes.
std::string as_bytes(const Ask& ask);
sockaddr_in stack_address();

std::int64_t monotonic_micros();
void pause_micros(std::int64_t micros);

}  // namespace boxoffice::races
