// FastCGI by libfcgi; the only includer of fcgiapp.h.
//
// SIGTERM is blocked except while waiting for a connection, so that a request in hand is always
// finished: libfcgi itself would let the signal cut the reading of a body short. What it cannot be
// taught is to give up: half a request, or a reader that does not read, would hold it for ever.
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "fn/gateway.h"

namespace boxoffice::fn {
namespace {

constexpr int kListenFd = 0;

// Signal handlers can reach nothing else.
volatile std::sig_atomic_t asked_to_stop = 0;
void on_terminate(int) { asked_to_stop = 1; }

class Waiter {
 public:
  Waiter() {
    struct sigaction action {};
    action.sa_handler = on_terminate;
    sigaction(SIGTERM, &action, nullptr);
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, &while_waiting_);
    sigdelset(&while_waiting_, SIGTERM);
  }
  // True when somebody may be waiting to be accepted; false when it is time to go.
  bool wait() const {
    pollfd listening{kListenFd, POLLIN, 0};
    while (asked_to_stop == 0) {
      const int ready = ppoll(&listening, 1, nullptr, &while_waiting_);
      if (ready > 0) return asked_to_stop == 0;
      if (ready < 0 && errno != EINTR) return false;
    }
    return false;
  }

 private:
  sigset_t while_waiting_{};
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
  if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, kListenFd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
    return 1;
  }
  // Several workers wake for one connection; those that come late must not block in accept.
  fcntl(kListenFd, F_SETFL, fcntl(kListenFd, F_GETFL) | O_NONBLOCK);
  while (waiter.wait()) {
    // SIGALRM ends the process, the supervisor starts another: the watchdog is the kernel.
    alarm(limits::kWorkerSeconds);
    const int accepted = FCGX_Accept_r(&fcgi);
    if (accepted < 0) alarm(0);
    if (accepted == -EAGAIN || accepted == -EINTR || accepted == -ECONNABORTED) continue;
    if (accepted < 0) return 1;  // out of descriptors, say: the supervisor starts a fresh worker
    Incoming in = read_head(fcgi.envp);
    read_body(fcgi, in);
    const Answered answered = respond(in);
    const std::string out = render(answered.response, in.request);
    FCGX_PutStr(out.data(), static_cast<int>(out.size()), fcgi.out);
    finish(fcgi);
    alarm(0);
    if (answered.last) return 1;
  }
  return 0;
}

}  // namespace boxoffice::fn
