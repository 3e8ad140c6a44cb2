// Whether the rehearsal kept the promises: what the fans were told, held against each other and
// against the database.
#pragma once

#include <string>
#include <vector>

#include "audit/service.h"
#include "rehearsal/service.h"
#include "rehearse/crowd.h"

namespace boxoffice::rehearse {

struct Seats {
  std::int64_t all = 0, sold = 0, held = 0, free = 0;
  std::vector<std::int64_t> sold_twice;  // two fans were told that it is theirs
  std::vector<std::int64_t> disputed;    // the database gives it to another, or to nobody
};

struct Money {
  std::int64_t charged = 0, used = 0, refunded = 0, balances = 0;  // as the database has it
  std::int64_t price_of_sold = 0;
  std::vector<std::int64_t> wrong;  // users whose money is not what they were told
};

struct Check {
  const char* name;
  std::string words;  // what was found
  bool ok;
};

struct Verdict {
  Order order;
  Seats seats;
  Money money;
  audit::Audit audit;
  std::vector<Check> checks;
  [[nodiscard]] bool pass() const;
  [[nodiscard]] std::vector<std::string> reasons() const;  // why not
};

struct Evidence {
  const Crowd& crowd;
  rehearsal::Counts counts;
  std::vector<rehearsal::SoldSeat> sold;
  std::vector<rehearsal::Purse> purses;
  audit::Audit audit;
  std::int64_t seats;
  std::int64_t stale_micros;  // how old an answer to somebody who waits may be
  bool cut_off;
};
Verdict judge(Evidence evidence);

}  // namespace boxoffice::rehearse
