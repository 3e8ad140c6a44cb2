// Being inside, as those who are ask it: together with what they came for, in the one statement or
// procedure that reads or locks that (see the view `inside`), so that it costs no question of its
// own. Only where the answer is no does queue::enter find out why, or claim the visit.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace boxoffice::queue {

struct Admission {
  TicketKey place{};
  std::string token_id;
  bool seen = false;  // the last statement that asked found the caller inside

  // NOT_ADMITTED where a statement has not found the caller inside.
  Result<Done> found(bool inside) {
    seen = inside;
    if (inside) return Done{};
    return refuse(ErrorCode::NOT_ADMITTED);
  }
};

}  // namespace boxoffice::queue
