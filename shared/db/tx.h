// Transactions.
//
//   transact(connection, [&](db::Tx& tx) -> Result<T> { … });
//
// A value commits; a refusal rolls back. A deadlock, a lock wait that took too long, or a
// connection that was lost before COMMIT is rolled back and run again, a bounded number of times:
// the body may run twice, so nothing in it may outlive it but what it returns.
//
// Lock order, everywhere: idempotency record → queue → visit and ticket → reservation → seats by
// number → account → inserts (ledger, payment, outbox) → seat version.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "db/connection.h"

namespace boxoffice::db {

// Who ends a transaction whose body has succeeded.
enum class Ending {
  commit,     // a COMMIT of its own
  last_call,  // the procedure that the body calls last, if it can, and nothing comes after it
};

// Proof that a transaction is open: what writes asks for one.
class Tx {
 public:
  Connection* operator->() { return &connection_; }
  // True once, and only where nothing was sent yet: then the procedure that is called with it opens
  // the transaction.
  [[nodiscard]] bool opens() { return connection_.take_begin(); }
  // True where the procedure that is called with it is to commit, if it does its deed: then the body
  // calls nothing after it, and succeeds. Where it does not, the transaction is still open.
  [[nodiscard]] bool closes();
  Connection& connection() { return connection_; }

 private:
  Tx(Connection& connection, Ending ending) : connection_(connection), ending_(ending) {}
  Connection& connection_;
  Ending ending_;
  bool closed_ = false;
  friend class Attempt;
};

// One try of a transaction: BEGIN … COMMIT or ROLLBACK.
class Attempt {
 public:
  explicit Attempt(Connection& connection, Ending ending = Ending::commit);
  ~Attempt();  // rolls back what was not committed
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  Tx& tx() { return tx_; }
  void commit();
  void rollback();

 private:
  Connection& connection_;
  Tx tx_;
  bool open_ = true;
};

// Says whether a fault lets the transaction be run again, and waits a moment (with jitter) if so.
class RetryPolicy {
 public:
  bool again(const Fault& fault);

 private:
  int retries_ = 0;
  int busy_ = 0;
  int gone_ = 0;
};

template <class Body>
auto transact(Connection& connection, Body body, Ending ending = Ending::commit)
    -> decltype(body(std::declval<Tx&>())) {
  RetryPolicy policy;
  for (;;) {
    try {
      Attempt attempt(connection, ending);
      auto result = body(attempt.tx());
      if (result) {
        attempt.commit();
      } else {
        attempt.rollback();
      }
      return result;
    } catch (const Fault& fault) {
      if (!policy.again(fault)) throw;
    }
  }
}

// Statements outside a transaction: run again once on a fresh connection when the old one was
// found dead. For reads only: a bare write whose client has gone would still commit.
template <class Body>
auto read(Connection& connection, Body body) -> decltype(body(connection)) {
  RetryPolicy policy;
  for (;;) {
    try {
      return body(connection);
    } catch (const Fault& fault) {
      if (!policy.again(fault)) throw;
    }
  }
}

}  // namespace boxoffice::db
