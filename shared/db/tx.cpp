#include "db/tx.h"

#include <ctime>
#include <random>

namespace boxoffice::db {
namespace {

constexpr int kRetriesMax = 5;        // deadlocks: each costs the work of one transaction
constexpr int kBusyMax = 1;           // lock waits: each has already cost a second
constexpr int kGoneMax = 1;           // a fresh connection that dies too means the database is away
constexpr int kFirstPauseMicros = 2'000;

void pause_with_jitter(int retry) {
  static std::minstd_rand random{std::random_device{}()};
  const int most = kFirstPauseMicros << retry;
  std::uniform_int_distribution<long> pause(most / 4, most);
  const timespec wait{0, pause(random) * 1000};
  nanosleep(&wait, nullptr);
}

}  // namespace

bool Tx::closes() {
  closed_ = ending_ == Ending::last_call;
  if (closed_) connection_.commit_with_next();
  return closed_;
}

Attempt::Attempt(Connection& connection, Ending ending)
    : connection_(connection), tx_(connection, ending) {
  connection_.begin();
}

Attempt::~Attempt() {
  if (open_) rollback();
}

void Attempt::commit() {
  open_ = false;
  if (tx_.closed_) return;
  try {
    connection_.commit();
  } catch (const Fault& fault) {
    // A COMMIT refused by the server (a deadlock found late) leaves nothing, but say so to it.
    if (fault.kind() != FaultKind::unknown) open_ = true;
    throw;
  }
}

void Attempt::rollback() {
  open_ = false;
  if (connection_.take_begin()) return;  // nothing has been done
  try {
    if (connection_.connected()) connection_.command("ROLLBACK");
  } catch (const Fault&) {
    // A transaction that cannot be rolled back is ended by ending its connection: the next one to begin on
    // it would commit what is there.
    connection_.close();
  }
}

bool RetryPolicy::again(const Fault& fault) {
  switch (fault.kind()) {
    case FaultKind::retry:
      if (++retries_ > kRetriesMax) return false;
      pause_with_jitter(retries_);
      return true;
    case FaultKind::busy: return ++busy_ <= kBusyMax;
    case FaultKind::gone: return ++gone_ <= kGoneMax;
    case FaultKind::duplicate:
    case FaultKind::unknown:
    case FaultKind::unable:
    case FaultKind::bug: return false;
  }
  return false;
}

}  // namespace boxoffice::db
