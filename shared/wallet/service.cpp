#include "wallet/service.h"

namespace boxoffice::wallet {

Result<Won> charge(db::Tx& tx, UserId user, Won amount, const Limits& limits) {
  CHECK(decide_charge(Won{0}, amount, {limits.charge_max, Won{INT64_MAX}}));
  if (const auto after = add_charge(tx, user, amount, limits.balance_max)) return *after;
  // The guard said no; only now is it asked why.
  const auto now = load_balance(tx.connection(), user);
  if (!now) return refuse(ErrorCode::USER_NOT_FOUND);
  CHECK(decide_charge(*now, amount, limits));
  return refuse(ErrorCode::BALANCE_LIMIT);
}

Result<Won> balance(db::Connection& connection, UserId user) {
  const auto found = load_balance(connection, user);
  if (!found) return refuse(ErrorCode::USER_NOT_FOUND);
  return *found;
}

Result<std::vector<Entry>> history(db::Connection& connection, UserId user, std::int64_t before,
                                   std::int64_t limit) {
  auto entries = load_entries(connection, user, before, limit);
  if (entries.empty()) CHECK(balance(connection, user));
  return entries;
}

}  // namespace boxoffice::wallet
