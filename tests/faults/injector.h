// Faults at the C API of the database, injected by the linker: each network call of libmariadb that
// the product makes (connect, prepare, execute, fetch, query) first comes here. No product code
// knows. The state of the library and of the server is made to agree with what is pretended: a
// deadlock really rolls back, a lost connection really loses its socket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace boxoffice::faults {

enum class Kind {
  none,
  read_conflict,         // 1020: the server rolled everything back
  lock_wait_open,        // 1205 as it is by default: the statement failed, the transaction is open
  lock_wait_rolled,      // 1205 as deploy/up configures it: everything rolled back
  deadlock,              // 1213: the server rolled everything back
  gone,                  // 2006: the connection had ended, nothing was executed
  lost_before,           // 2013: lost on the way there, nothing was executed
  lost_after,            // 2013: executed (a COMMIT, too), the answer lost on the way back
  unavailable,           // 1047: the node refuses to execute
};
inline constexpr Kind kAll[] = {Kind::read_conflict, Kind::lock_wait_open, Kind::lock_wait_rolled,
                                Kind::deadlock,      Kind::gone,           Kind::lost_before,
                                Kind::lost_after,    Kind::unavailable};
const char* name_of(Kind kind);

// The calling thread's next `nth` call (1 is the very next) fails that way, once.
void arm(Kind kind, int nth);
void disarm();
int fired();               // how many faults since it was armed
std::string fired_where(); // what the last fault hit: the statement, and the call
bool commit_lost();
bool committed();          // whether a COMMIT was answered since it was armed

// Statements rewritten before they reach the server, in all threads: every occurrence of `find` in
// one becomes `put`. This is how a guard is taken away without touching product code.
struct Mutation {
  std::string find, put;
};
void mutate(std::vector<Mutation> mutations);
std::size_t mutated();  // how many of them have changed a statement since

// The database's clock of the calling thread's sessions stands still at that instant (microseconds
// since 1970; 0 lets it run). It applies from the thread's next request on.
void freeze_clock(std::int64_t micros);

}  // namespace boxoffice::faults
