#include "bench/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <strings.h>
#include <utility>

namespace boxoffice::bench {
namespace {

// The value of a header, in a head that ends with an empty line.
std::string_view header(std::string_view head, std::string_view name) {
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    auto value = line.substr(name.size() + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

bool parse_number(std::string_view text, std::size_t& out, int base) {
  return std::from_chars(text.data(), text.data() + text.size(), out, base).ec == std::errc{};
}

}  // namespace

Client::Client(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 ||
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
    throw std::runtime_error("no connection to the server");
  }
}
Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), broken_(other.broken_), out_(std::move(other.out_)),
      in_(std::move(other.in_)), joined_(std::move(other.joined_)), answer_(other.answer_) {}
Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

// Requests are small and a connection has one at a time: the kernel's buffer always has room.
bool Client::flush() {
  while (!out_.empty()) {
    const auto sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return false;
    out_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::send(std::string bytes) {
  in_.clear();
  out_ = std::move(bytes);
  broken_ = !flush();
}
void Client::send_but_last(std::string bytes) {
  const char last = bytes.back();
  bytes.pop_back();
  send(std::move(bytes));
  out_ = last;
}
void Client::release() { broken_ = !flush() || broken_; }

Progress Client::read() {
  constexpr std::size_t kChunk = 65536;
  if (broken_) return Progress::broken;
  while (true) {
    const auto had = in_.size();
    in_.resize(had + kChunk);
    const auto got = recv(fd_, in_.data() + had, kChunk, MSG_DONTWAIT);
    in_.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return Progress::broken;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::broken;
    if (const auto progress = parse(); progress != Progress::waiting) return progress;
  }
}

Progress Client::parse() {
  const std::string_view all(in_);
  const auto end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) return Progress::waiting;
  const auto head = all.substr(0, end + 2);
  std::size_t status = 0;
  if (!head.starts_with("HTTP/1.1 ") || !parse_number(head.substr(9, 3), status, 10)) {
    return Progress::broken;
  }
  answer_.status = static_cast<int>(status);
  const auto rest = all.substr(end + 4);
  if (const auto length = header(head, "content-length"); !length.empty()) {
    std::size_t size = 0;
    if (!parse_number(length, size, 10) || rest.size() > size) return Progress::broken;
    answer_.body = rest;
    return rest.size() == size ? Progress::answered : Progress::waiting;
  }
  if (!header(head, "transfer-encoding").starts_with("chunked")) return Progress::broken;
  if (!rest.ends_with("0\r\n\r\n")) return Progress::waiting;
  joined_.clear();
  for (auto left = rest;;) {
    const auto line = left.find("\r\n");
    std::size_t size = 0;
    if (line == std::string_view::npos || !parse_number(left.substr(0, line), size, 16)) {
      return Progress::waiting;
    }
    if (size == 0) break;
    if (left.size() < line + 2 + size + 2) return Progress::waiting;
    joined_.append(left.substr(line + 2, size));
    left.remove_prefix(line + 2 + size + 2);
  }
  answer_.body = joined_;
  return Progress::answered;
}

}  // namespace boxoffice::bench
