// Stands between a connection and the server and cuts it at a chosen message, once: at the next
// COMMIT, or at the n-th message from now. Either the message never arrives, or the server has done
// what it says and its answer is lost; the client cannot know which.
#pragma once

#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace boxoffice::checks {

class LossyProxy {
 public:
  enum class Lose { answer, request };

  explicit LossyProxy(std::string server)
      : server_(std::move(server)),
        path_(server_ + ".proxy" + std::to_string(++made_)) {  // goes with the server's folder
    listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
    const auto address = address_of(path_);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~LossyProxy() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
    unlink(path_.c_str());
  }
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  [[nodiscard]] const std::string& socket_path() const { return path_; }
  void lose_commit(Lose what) {
    what_ = what;
    at_commit_ = true;
  }
  void lose_message(int nth, Lose what) {
    what_ = what;
    messages_left_ = nth;
  }
  [[nodiscard]] int lost() const { return lost_; }

 private:
  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
  }
  static bool readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, 5) > 0;
  }
  // Connections are served one after the other, as a worker makes them.
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!readable(listener_)) continue;
      const int client = accept(listener_, nullptr, nullptr);
      const int server = socket(AF_UNIX, SOCK_STREAM, 0);
      const auto address = address_of(server_);
      if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        relay(stop, client, server);
      }
      ::close(client);
      ::close(server);
    }
  }
  void relay(const std::stop_token& stop, int client, int server) {
    while (!stop.stop_requested()) {
      pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(both, 2, 5) <= 0) continue;
      char bytes[16 * 1024];
      const bool from_client = both[0].revents != 0;
      const auto count = read(from_client ? client : server, bytes, sizeof bytes);
      if (count <= 0) return;
      const auto length = static_cast<std::size_t>(count);
      const bool lose = from_client && is_the_one({bytes, length});
      if (lose) ++lost_;
      if (lose && what_ == Lose::request) return;
      if (write(from_client ? server : client, bytes, length) != count) return;
      if (lose) return await_answer(stop, client, server);
    }
  }

  // The server has done it once it answers; nobody hears of that. Some messages have no answer:
  // then the client goes on, or goes.
  static void await_answer(const std::stop_token& stop, int client, int server) {
    while (!stop.stop_requested() && !readable(server) && !readable(client)) {
    }
  }
  bool is_the_one(std::string_view message) {
    if (message.ends_with("COMMIT") && at_commit_.exchange(false)) return true;
    return messages_left_ > 0 && --messages_left_ == 0;
  }

  std::string server_, path_;
  int listener_ = -1;
  std::atomic<bool> at_commit_ = false;
  std::atomic<int> messages_left_ = 0;
  std::atomic<Lose> what_ = Lose::answer;
  std::atomic<int> lost_ = 0;
  std::jthread thread_;
  static inline std::atomic<int> made_ = 0;
};

}  // namespace boxoffice::checks
