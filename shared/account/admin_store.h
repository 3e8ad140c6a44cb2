// Rows of account as an operator makes them; the SQL is in admin_store.cpp.
#pragma once

#include "db/tx.h"

namespace boxoffice::account {

// Users `user<n>` with id n and no password, for n from first to last.
// REQUIRES: none of them exists.
void insert_numbered(db::Tx& tx, std::int64_t first, std::int64_t last);
bool any_account(db::Connection& connection);

}  // namespace boxoffice::account
