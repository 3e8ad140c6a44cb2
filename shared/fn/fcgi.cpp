// FastCGI by libfcgi; the only includer of fcgiapp.h.
//
// SIGTERM is blocked and read as an event of its own, so that a request in hand is always finished:
// libfcgi itself would let the signal cut the reading of a body short. What it cannot be taught is to
// give up: half a request, or a reader that does not read, would hold it for ever.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcgiapp.h>
#include <fcntl.h>
#include <string>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/log.h"
#include "fn/gateway.h"

namespace boxoffice::fn {
namespace {

constexpr int kListenFd = 0;

// Says when somebody may be waiting to be accepted, and when it is time to go.
class Waiter {
 public:
  Waiter() {
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, nullptr);
    events_ = epoll_create1(EPOLL_CLOEXEC);
    leaving_ = signalfd(-1, &terminate, SFD_CLOEXEC);
    // Exclusive: one connection wakes one idle worker, seldom more, and not all of them. Where that one
    // is killed before it has accepted, the connection waits for the next one, or for who replaces it.
    ready_ = events_ >= 0 && leaving_ >= 0 && add(leaving_, EPOLLIN) &&
             add(kListenFd, EPOLLIN | EPOLLEXCLUSIVE);
  }
  ~Waiter() {
    close(leaving_);
    close(events_);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // False, with the reason in errno, where there is nothing to wait with.
  [[nodiscard]] bool ready() const { return ready_; }
  // False when it is time to go. A connection that came with the signal is still served: it has woken
  // nobody else.
  [[nodiscard]] bool wait() {
    while (!asked_to_leave_) {
      epoll_event found[2];
      const int count = epoll_wait(events_, found, 2, -1);
      if (count < 0 && errno != EINTR) return false;
      bool waiting = false;
      for (int i = 0; i < count; ++i) {
        if (found[i].data.fd == kListenFd) waiting = true;
        if (found[i].data.fd == leaving_) asked_to_leave_ = true;
      }
      if (waiting) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] bool add(int fd, std::uint32_t what) const {
    epoll_event wanted{};
    wanted.events = what;
    wanted.data.fd = fd;
    return epoll_ctl(events_, EPOLL_CTL_ADD, fd, &wanted) == 0;
  }

  int events_ = -1, leaving_ = -1;
  bool ready_ = false, asked_to_leave_ = false;
};

// Signal handlers can reach nothing else.
volatile std::sig_atomic_t in_hand = 0;  // a request
volatile std::sig_atomic_t rang = 0;     // while none was
void on_alarm(int) {
  if (in_hand == 0) {
    rang = 1;
    return;
  }
  std::signal(SIGALRM, SIG_DFL);
  std::raise(SIGALRM);
}

// Ends this process where a request is in hand for longer than kWorkerSeconds, or a little more; the
// supervisor starts another. The kernel keeps the time. An alarm that is found set is left as it is for
// that little, and one that rings between two requests means nothing: to set it and take it back again
// were two of a poll's eight system calls.
class Watchdog {
 public:
  Watchdog() {
    struct sigaction action {};
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, nullptr);
  }
  void begin() {
    const auto now_ms = monotonic_ms();
    if (set_at_ms_ == 0 || now_ms - set_at_ms_ >= limits::kWorkerSpareSeconds * 1000) {
      set();
      set_at_ms_ = now_ms;
    }
    in_hand = 1;
    if (rang != 0) set();  // in between: this process was held up for as long
  }
  void end() { in_hand = 0; }

 private:
  static void set() {
    rang = 0;
    alarm(limits::kWorkerSeconds + limits::kWorkerSpareSeconds);
  }
  std::int64_t set_at_ms_ = 0;
};

void read_body(FCGX_Request& fcgi, Incoming& in) {
  const auto wanted = in.content_length;
  in.too_large = wanted > limits::kBodyBytes;
  if (in.too_large || wanted == 0) return;
  in.request.body.resize(wanted);
  const int got = FCGX_GetStr(in.request.body.data(), static_cast<int>(wanted), fcgi.in);
  // A body cut short must not reach the database.
  in.truncated = got != static_cast<int>(wanted) || FCGX_GetError(fcgi.in) != 0;
}

// libfcgi would end its half of the connection and then wait for nginx to end the other: a third of
// a short request's time. That courtesy is for TCP; a unix socket keeps what was written for its
// reader, provided nothing is left unread on ours.
void finish(FCGX_Request& fcgi) {
  while (FCGX_GetChar(fcgi.in) != EOF) {
  }
  FCGX_Detach(&fcgi);
  FCGX_Finish_r(&fcgi);
}

}  // namespace

bool started_as_fastcgi() {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(kListenFd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
         listening != 0;
}

int run_fastcgi(const Respond& respond) {
  Waiter waiter;
  if (!waiter.ready()) {
    log::write(LogLevel::error, "cannot_wait", {{"reason", std::string(std::strerror(errno))}});
    return 1;
  }
  FCGX_Request fcgi;
  if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, kListenFd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
    return 1;
  }
  // Somebody else may have been quicker; who comes late must not block in accept.
  fcntl(kListenFd, F_SETFL, fcntl(kListenFd, F_GETFL) | O_NONBLOCK);
  Watchdog watchdog;
  while (waiter.wait()) {
    watchdog.begin();
    const int accepted = FCGX_Accept_r(&fcgi);
    if (accepted < 0) watchdog.end();
    if (accepted == -EAGAIN || accepted == -EINTR || accepted == -ECONNABORTED) continue;
    if (accepted < 0) return 1;  // out of descriptors, say: the supervisor starts a fresh worker
    Incoming in = read_head(fcgi.envp);
    read_body(fcgi, in);
    const Answered answered = respond(in);
    const std::string out = render(answered.response, in.request);
    FCGX_PutStr(out.data(), static_cast<int>(out.size()), fcgi.out);
    finish(fcgi);
    watchdog.end();
    if (answered.last) return 1;
  }
  return 0;
}

}  // namespace boxoffice::fn
