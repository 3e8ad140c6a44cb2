#include "wallet/rules.h"

namespace boxoffice::wallet {

Result<Done> decide_charge(Won balance, Won amount, const Limits& limits) {
  if (amount < Won{1} || limits.charge_max < amount) {
    const std::string range = "1.." + std::to_string(limits.charge_max.value);
    return refuse(ErrorCode::INVALID_AMOUNT)
        .saying("amount: must be a whole number of won, " + range,
                "amount: " + range + " 범위의 정수여야 합니다")
        .with("field", std::string("amount"));
  }
  // Subtracting from the limit cannot overflow; adding to the balance could.
  if (limits.balance_max - amount < balance) {
    return refuse(ErrorCode::BALANCE_LIMIT)
        .with("balance", balance.value)
        .with("balanceMax", limits.balance_max.value);
  }
  return Done{};
}

}  // namespace boxoffice::wallet
