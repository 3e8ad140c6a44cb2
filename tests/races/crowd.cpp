#include "races/crowd.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "races/client.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kTickMicros = 10'000;
constexpr std::size_t kTicksOfTurn = 100;          // a turn a second
constexpr std::int64_t kTurnMicros = kTickMicros * static_cast<std::int64_t>(kTicksOfTurn);
constexpr std::size_t kTurnsOfArrival = 5;         // they come over five seconds
constexpr std::size_t kAddresses = 64;             // 127.0.1.1 and up
constexpr std::size_t kHeardMax = 4096;
constexpr int kSmallWindow = 2048;
// As on an Ethernet. With the segments of the loopback, a server gives whoever does not read two megabytes.
constexpr int kSegment = 1460;

// A descriptor for each, and some for the rest of the program.
void make_room(std::size_t connections) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < connections + 200) {
    throw std::runtime_error(std::to_string(connections) + " connections need more open files than " +
                             std::to_string(limit.rlim_max) + ": raise ulimit -n, or lower --count");
  }
}

}  // namespace

Crowd::Crowd(std::vector<Manner> manners, std::uint64_t seed)
    : manners_(std::move(manners)), tallies_(manners_.size()), random_(seed),
      events_(epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t m = 0; m < manners_.size(); ++m) {
    for (std::int64_t i = 0; i < manners_[m].connections; ++i) {
      rogues_.emplace_back();
      rogues_.back().manner = m;
    }
  }
  std::shuffle(rogues_.begin(), rogues_.end(), random_);
  make_room(rogues_.size());
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Crowd::~Crowd() {
  thread_.request_stop();
  thread_.join();
  for (auto& rogue : rogues_) {
    if (rogue.fd >= 0) ::close(rogue.fd);
  }
  ::close(events_);
}

bool Crowd::all_here() const {
  for (std::size_t m = 0; m < manners_.size(); ++m) {
    if (tallies_[m].opened < manners_[m].connections) return false;
  }
  return true;
}

bool Crowd::all_cut_off() const {
  for (std::size_t m = 0; m < manners_.size(); ++m) {
    if (manners_[m].fate == Fate::kCutOff && tallies_[m].cut_once < manners_[m].connections) return false;
  }
  return true;
}

void Crowd::run(const std::stop_token& stop) {
  epoll_event events[256];
  const auto begun = monotonic_micros();
  for (std::size_t tick = 0; !stop.stop_requested(); ++tick) {
    for (std::size_t i = tick % kTicksOfTurn; i < rogues_.size(); i += kTicksOfTurn) {
      const auto arrival = i / kTicksOfTurn % kTurnsOfArrival;
      if (tick / kTicksOfTurn >= arrival) turn(rogues_[i]);
    }
    const auto next = begun + static_cast<std::int64_t>(tick + 1) * kTickMicros;
    for (auto left = kTickMicros; left > 0 && !stop.stop_requested(); left = next - monotonic_micros()) {
      const int count = epoll_wait(events_, events, 256, static_cast<int>(left / 1000) + 1);
      for (int i = 0; i < count; ++i) {
        auto& rogue = *static_cast<Rogue*>(events[i].data.ptr);
        if (rogue.fd >= 0 && (events[i].events & EPOLLOUT) != 0) write(rogue);
        if (rogue.fd < 0) continue;
        if ((events[i].events & EPOLLIN) != 0 && manners_[rogue.manner].listens) {
          hear(rogue);
        } else if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
          cut(rogue);
        }
      }
      if (count < 0) break;
    }
  }
}

void Crowd::turn(Rogue& rogue) {
  const auto& manner = manners_[rogue.manner];
  if (rogue.fd < 0) return connect(rogue);
  if (rogue.sent < rogue.end) return;
  if (!manner.drip.empty()) {
    send(rogue.fd, &manner.drip[rogue.dripped++ % manner.drip.size()], 1, MSG_NOSIGNAL);
  }
  char byte = 0;
  if (!manner.listens) recv(rogue.fd, &byte, 1, 0);
}

void Crowd::connect(Rogue& rogue) {
  const auto& manner = manners_[rogue.manner];
  rogue.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (rogue.fd < 0) return;
  ++tallies_[rogue.manner].open;
  const int on = 1;
  setsockopt(rogue.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(rogue.fd, IPPROTO_TCP, TCP_MAXSEG, &kSegment, sizeof kSegment);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  const auto number = static_cast<std::size_t>(&rogue - rogues_.data()) % kAddresses;
  own.sin_addr.s_addr = htonl(0x7f000101U + static_cast<std::uint32_t>(number));
  if (bind(rogue.fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) return hang_up(rogue);
  if (!manner.listens) setsockopt(rogue.fd, SOL_SOCKET, SO_RCVBUF, &kSmallWindow, sizeof kSmallWindow);
  const auto there = stack_address();
  if (::connect(rogue.fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0 &&
      errno != EINPROGRESS) {
    return hang_up(rogue);
  }
  if (!rogue.came) ++tallies_[rogue.manner].opened;
  rogue.came = true;
  rogue.sent = 0;
  rogue.end = manner.opening.size();
  if (manner.fate == Fate::kHangsUp) rogue.end = random_() % (rogue.end + 1);
  rogue.heard.clear();
  rogue.since = monotonic_micros();
  watch(rogue, EPOLL_CTL_ADD, true);
}

void Crowd::watch(Rogue& rogue, int operation, bool writable) {
  epoll_event event{};
  event.events = EPOLLRDHUP;
  if (writable) event.events |= EPOLLOUT;
  if (manners_[rogue.manner].listens) event.events |= EPOLLIN;
  event.data.ptr = &rogue;
  epoll_ctl(events_, operation, rogue.fd, &event);
}

void Crowd::write(Rogue& rogue) {
  const auto& manner = manners_[rogue.manner];
  const auto part = send(rogue.fd, manner.opening.data() + rogue.sent, rogue.end - rogue.sent, MSG_NOSIGNAL);
  if (part < 0) return errno == EAGAIN ? void() : cut(rogue);
  rogue.sent += static_cast<std::size_t>(part);
  if (rogue.sent < rogue.end) return;
  if (manner.fate == Fate::kHangsUp) return hang_up(rogue);
  watch(rogue, EPOLL_CTL_MOD, false);
}

void Crowd::hear(Rogue& rogue) {
  char part[4096];
  const auto got = recv(rogue.fd, part, sizeof part, 0);
  if (got > 0) {
    if (rogue.heard.size() < kHeardMax) rogue.heard.append(part, static_cast<std::size_t>(got));
    return;
  }
  if (got == 0 || errno != EAGAIN) cut(rogue);
}

// The server ended it.
void Crowd::cut(Rogue& rogue) {
  const auto& manner = manners_[rogue.manner];
  auto& tally = tallies_[rogue.manner];
  ++tally.cut;
  if (!rogue.was_cut) ++tally.cut_once;
  rogue.was_cut = true;
  if (!rogue.heard.empty()) {
    ++(rogue.heard.find(manner.answer) == std::string::npos ? tally.other_answers : tally.answers);
  }
  hang_up(rogue);
  // Who was borne for a while is back at once; who was sent away at once comes with the next turn.
  if (monotonic_micros() - rogue.since > kTurnMicros) connect(rogue);
}

// With a reset or in order, as it comes.
void Crowd::hang_up(Rogue& rogue) {
  const linger at_once{1, 0};
  if (random_() % 2 == 0) setsockopt(rogue.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(rogue.fd);
  rogue.fd = -1;
  --tallies_[rogue.manner].open;
}

}  // namespace boxoffice::races
