// What the machine does to us, classed by what can be done about it.
#pragma once

#include <stdexcept>
#include <string>

namespace boxoffice::db {

enum class FaultKind {
  retry,      // 1213, 1020: rolled back; the transaction may be run again
  busy,       // 1205, 1467, 1969 and its other names 1317, 1028: waited too long; the transaction is
              // still open, as far as one can tell
  duplicate,  // 1062: a unique key said no
  gone,       // connection lost, nothing of this transaction was committed
  unknown,    // connection lost while COMMIT was under way
  unable,     // the server did not answer in time, or has no room left: nothing of this transaction
              // was committed, and a second attempt now would only make the caller wait
  bug,        // anything else: a statement or a constraint is wrong
};

class Fault : public std::runtime_error {
 public:
  Fault(FaultKind kind, unsigned number, const std::string& message)
      : std::runtime_error(message), kind_(kind), number_(number) {}
  [[nodiscard]] FaultKind kind() const { return kind_; }
  [[nodiscard]] unsigned number() const { return number_; }

 private:
  FaultKind kind_;
  unsigned number_;
};

// The class of an error number of the server or of its client library.
FaultKind kind_of(unsigned number);

// Of a statement that commits by itself: how far it is.
enum class Committing { no, under_way, answered };
// Whether nobody can say if it has committed. What never left us the server has not seen, and what it
// refused it has not committed; but an answer may be lost, or time run out, after the COMMIT, too.
bool may_have_committed(Committing committing, FaultKind kind, unsigned number);

}  // namespace boxoffice::db
