// What may be done to a balance. Pure: no database, no clock.
#pragma once

#include "base/ids.h"
#include "base/result.h"

namespace boxoffice::wallet {

struct Limits {
  Won charge_max;
  Won balance_max;
};

// INVALID_AMOUNT outside 1..charge_max; BALANCE_LIMIT where the balance would pass its limit.
Result<Done> decide_charge(Won balance, Won amount, const Limits& limits);

}  // namespace boxoffice::wallet
