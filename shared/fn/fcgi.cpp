// FastCGI by libfcgi; the only includer of fcgiapp.h.
//
// SIGTERM is blocked except while waiting for a connection, so that a request in hand is always
// finished: libfcgi itself would let the signal cut the reading of a body short. What it cannot be
// taught is to give up: half a request, or a reader that does not read, would hold it for ever.
#include <cerrno>
#include <csignal>
#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/limits.h"
#include "fn/gateway.h"

namespace boxoffice::fn {
namespace {

constexpr int kListenFd = 0;

// Signal handlers can reach nothing else.
volatile std::sig_atomic_t asked_to_stop = 0;
volatile std::sig_atomic_t in_hand = 0;  // a request
void on_terminate(int) { asked_to_stop = 1; }
void on_alarm(int) {
  if (in_hand == 0) return;
  std::signal(SIGALRM, SIG_DFL);
  std::raise(SIGALRM);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

class Waiter {
 public:
  Waiter() : waiting_(epoll_create1(EPOLL_CLOEXEC)) {
    handle(SIGTERM, on_terminate);
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, &while_waiting_);
    sigdelset(&while_waiting_, SIGTERM);
    // Exclusive: one connection wakes one idle worker and not all of them.
    epoll_event listening{EPOLLIN | EPOLLEXCLUSIVE, {}};
    ready_ = waiting_ >= 0 && epoll_ctl(waiting_, EPOLL_CTL_ADD, kListenFd, &listening) == 0;
  }
  ~Waiter() { close(waiting_); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  // False where there is nothing to wait with.
  [[nodiscard]] bool ready() const { return ready_; }
  // True when somebody may be waiting to be accepted; false when it is time to go.
  [[nodiscard]] bool wait() const {
    while (asked_to_stop == 0) {
      epoll_event event{};
      const int count = epoll_pwait(waiting_, &event, 1, -1, &while_waiting_);
      if (count > 0) return true;  // also where it is time to go: nobody else has been woken
      if (count < 0 && errno != EINTR) return false;
    }
    return false;
  }

 private:
  int waiting_;
  bool ready_ = false;
  sigset_t while_waiting_{};
};

// Ends this process where a request is in hand for longer than kWorkerSeconds, or up to a second more;
// the supervisor starts another. The kernel keeps the time. An alarm that is found set is left as it is
// for a second, and one that rings between two requests means nothing: to set it and take it back again
// were two of a poll's eight system calls.
class Watchdog {
 public:
  Watchdog() { handle(SIGALRM, on_alarm); }
  void begin() {
    in_hand = 1;
    const auto now_ms = monotonic_ms();
    if (set_at_ms_ != 0 && now_ms - set_at_ms_ < kSpareMs) return;
    alarm(limits::kWorkerSeconds + kSpareMs / 1000);
    set_at_ms_ = now_ms;
  }
  void end() { in_hand = 0; }

 private:
  static constexpr std::int64_t kSpareMs = 1000;
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
  const Waiter waiter;  // before FCGX_Init: libfcgi respects a handler that is there already
  FCGX_Request fcgi;
  if (!waiter.ready() || FCGX_Init() != 0 ||
      FCGX_InitRequest(&fcgi, kListenFd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
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
