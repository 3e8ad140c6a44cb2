// One kept HTTP connection that never blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace boxoffice::bench {

struct Answer {
  int status = 0;
  std::string_view body;  // valid until the next request
};

enum class Progress { waiting, answered, broken };

class Client {
 public:
  explicit Client(int port);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client& operator=(Client&&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  // The request to send; sent at once as far as the kernel takes it.
  void send(std::string bytes);
  // All but the last byte; `release` sends that.
  void send_but_last(std::string bytes);
  void release();
  Progress read();
  [[nodiscard]] const Answer& answer() const { return answer_; }

 private:
  bool flush();
  Progress parse();
  int fd_ = -1;
  bool broken_ = false;
  std::string out_, in_, joined_;
  Answer answer_;
};

}  // namespace boxoffice::bench
