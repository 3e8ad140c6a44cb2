#include "races/client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <ctime>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace boxoffice::races {
namespace {

constexpr int kAnswerSeconds = 15;      // longer than the gateway waits for a function
constexpr int kPatienceSeconds = 60;    // for a definite answer, through crashes
constexpr std::int64_t kRetryMicros = 20'000;

std::uint16_t port_of_base_url() {
  const char* url = std::getenv("BASE_URL");
  if (url == nullptr) throw std::runtime_error("BASE_URL is not set: run under with_stack");
  const std::string text = url;
  return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

}  // namespace

sockaddr_in stack_address() {
  static const std::uint16_t port = port_of_base_url();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string as_bytes(const Ask& ask) {
  const bool rest = ask.path.rfind("/api/v1/", 0) == 0;
  std::string text = ask.method + " " + ask.path + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!ask.access.empty()) text += "Authorization: Bearer " + ask.access + "\r\n";
  if (!ask.place.empty()) text += (rest ? "QUEUE-TOKEN: " : "token: ") + ask.place + "\r\n";
  if (!ask.key.empty()) text += "Idempotency-Key: " + ask.key + "\r\n";
  if (!ask.body.empty()) text += "Content-Type: application/json\r\n";
  return text + "Content-Length: " + std::to_string(ask.body.size()) + "\r\n\r\n" + ask.body;
}

std::int64_t monotonic_micros() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

void pause_micros(std::int64_t micros) {
  const timespec wait{micros / 1'000'000, micros % 1'000'000 * 1000};
  nanosleep(&wait, nullptr);
}

std::int64_t Reply::number(const std::string& member) const {
  const auto at = body.find("\"" + member + "\":");
  return at == std::string::npos ? 0 : std::atoll(body.c_str() + at + member.size() + 3);
}

std::string Reply::text(const std::string& member) const {
  const auto at = body.find("\"" + member + "\":\"");
  if (at == std::string::npos) return {};
  const auto begin = at + member.size() + 4;
  return body.substr(begin, body.find('"', begin) - begin);
}

bool Reply::tells_nothing() const {
  return status == 0 || status >= 502 ||
         (status == 409 && body.find("REQUEST_IN_PROGRESS") != std::string::npos);
}

Client::Client() = default;
Client::~Client() { close(); }

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  buffer_.clear();
}

bool Client::open() {
  if (fd_ >= 0) return true;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kAnswerSeconds, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto address = stack_address();
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  close();
  return false;
}

bool Client::write(const Ask& ask) {
  if (!open()) return false;
  const std::string text = as_bytes(ask);
  return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

bool Client::fill() {
  char part[4096];
  const auto got = recv(fd_, part, sizeof part, 0);
  if (got <= 0) return false;
  buffer_.append(part, static_cast<std::size_t>(got));
  return true;
}

Reply Client::read() {
  std::size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  const std::string head = buffer_.substr(0, head_end + 2);
  Reply reply;
  reply.status = std::atoi(head.c_str() + sizeof("HTTP/1.1"));
  reply.replayed = head.find("\r\nIdempotent-Replayed: true\r\n") != std::string::npos;
  std::size_t begin = head_end + 4;
  const auto length = head.find("\r\nContent-Length: ");
  if (length != std::string::npos) {
    const auto size = static_cast<std::size_t>(std::atoll(head.c_str() + length + 18));
    while (buffer_.size() < begin + size) {
      if (!fill()) return {};
    }
    reply.body = buffer_.substr(begin, size);
    begin += size;
  } else if (head.find("\r\nTransfer-Encoding: chunked") != std::string::npos) {
    for (std::size_t size = 1; size > 0;) {
      std::size_t line = 0;
      while ((line = buffer_.find("\r\n", begin)) == std::string::npos) {
        if (!fill()) return {};
      }
      size = std::strtoul(buffer_.c_str() + begin, nullptr, 16);
      while (buffer_.size() < line + 2 + size + 2) {
        if (!fill()) return {};
      }
      reply.body += buffer_.substr(line + 2, size);
      begin = line + 2 + size + 2;
    }
  }
  reply.in_shape = head.find("\r\nRetry-After: ") != std::string::npos && reply.body.starts_with('{');
  buffer_.erase(0, begin);
  if (head.find("\r\nConnection: close\r\n") != std::string::npos) close();
  return reply;
}

Reply Client::send(const Ask& ask) {
  Reply reply;
  const auto started = monotonic_micros();
  if (write(ask)) reply = read();
  manners_.longest_micros = std::max(manners_.longest_micros, monotonic_micros() - started);
  if (reply.status == 0) {
    ++manners_.unanswered;
    close();
  } else if (reply.status >= 500 && (reply.status != 503 || !reply.in_shape)) {
    ++manners_.misshapen;
    manners_.example = ask.path + " answered " + std::to_string(reply.status) + " " + reply.body;
  }
  return reply;
}

void Client::send_and_hang_up(const Ask& ask, int wait_micros) {
  if (write(ask)) pause_micros(wait_micros);
  close();
}

Reply Client::insist(const Ask& ask) {
  const auto end = monotonic_micros() + kPatienceSeconds * 1'000'000LL;
  for (;;) {
    Reply reply = send(ask);
    if (!reply.tells_nothing() || monotonic_micros() > end) return reply;
    ++retries_;
    pause_micros(kRetryMicros);
  }
}

}  // namespace boxoffice::races
