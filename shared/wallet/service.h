// Balances: charged beforehand, used by payments, and a history that adds up to them.
#pragma once

#include "wallet/rules.h"
#include "wallet/store.h"

namespace boxoffice::wallet {

// The new balance. INVALID_AMOUNT, USER_NOT_FOUND, BALANCE_LIMIT.
Result<Won> charge(db::Tx& tx, UserId user, Won amount, const Limits& limits);

// USER_NOT_FOUND.
Result<Won> balance(db::Connection& connection, UserId user);

// Newest first, entries older than `before`. USER_NOT_FOUND.
Result<std::vector<Entry>> history(db::Connection& connection, UserId user, std::int64_t before,
                                   std::int64_t limit);

}  // namespace boxoffice::wallet
