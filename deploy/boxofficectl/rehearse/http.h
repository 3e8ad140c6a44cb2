// HTTP for a crowd: many requests at once over a few kept connections, one thread, libcurl.
//
// A request's time begins when its fan wants it, not when a connection is free for it: a server
// that is slow is not spared by being asked less.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace boxoffice::rehearse {

enum class Endpoint { sign_up, join, poll, leave, sessions, seats, hold, charge, pay, cancel };
inline constexpr std::size_t kEndpoints = 10;
inline constexpr std::array<const char*, kEndpoints> kEndpointNames = {
    "sign up", "join", "poll", "leave", "sessions", "seats", "hold", "charge", "pay", "cancel"};
inline constexpr std::array<const char*, kEndpoints> kEndpointRoutes = {
    "POST /users",    "POST /waiting-queues",  "GET /waiting-queues", "DELETE /waiting-queues",
    "GET …/sessions", "GET …/seats",           "POST …/reservations", "POST …/points/charge",
    "POST /payments", "DELETE /reservations/…"};

// How sure of its answer a fan is.
enum class Doubt {
  none,
  impatient,  // hangs up after a few milliseconds and asks again with the same key
  repeats,    // has the answer and asks again with the same key: must get the same
};

struct Ask {
  Endpoint endpoint = Endpoint::poll;
  const char* method = "GET";
  std::string path, body;
  std::string access, place, key;
  Doubt doubt = Doubt::none;
};

struct Reply {
  int status = 0;  // 0: no answer came
  std::string body;
  std::int64_t retry_after_seconds = 0;
  std::string problem;  // where no answer came: why
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

std::int64_t now_micros();  // monotonic

class Http {
 public:
  // Who asked, what came, and when the last try of it was wanted.
  using Hear = std::function<void(std::size_t who, Reply reply, std::int64_t wanted_micros)>;

  Http(std::string base_url, std::size_t connections, Hear hear);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  void send(std::size_t who, const Ask& ask, std::int64_t timeout_ms);
  // Does what can be done and waits at most so long for more.
  void run(int wait_ms);
  void drop_waiting();
  [[nodiscard]] bool idle() const;

 private:
  struct Slot;
  struct Wish {
    std::size_t who;
    Ask ask;
    std::int64_t timeout_ms, wanted;
  };
  void start(Slot& slot, Wish wish);
  void finish(Slot& slot, int outcome);

  struct Multi;
  std::unique_ptr<Multi> multi_;
  std::string base_url_;
  Hear hear_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  // A lane an endpoint, so that whoever pays does not wait here behind thousands who join: every
  // fan would have a connection of their own.
  struct Lane {
    std::deque<Wish> line;
    std::size_t busy = 0;
  };
  Lane* next_lane();
  std::array<Lane, kEndpoints> lanes_;
};

}  // namespace boxoffice::rehearse
