// One line that says how the rehearsal goes: rewritten in place on a terminal, else every few
// seconds a new one.
#pragma once

#include "rehearse/crowd.h"

namespace boxoffice::rehearse {

class Progress {
 public:
  Progress(bool terminal, std::int64_t fans) : terminal_(terminal), fans_(fans) {}
  void tell(const Crowd& crowd);
  void end();

 private:
  bool terminal_;
  std::int64_t fans_;
  double told_ = -1;
};

}  // namespace boxoffice::rehearse
