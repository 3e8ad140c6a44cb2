// Rows of table account; the SQL is in store.cpp.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "db/tx.h"

namespace boxoffice::account {

struct User {
  UserId id;
  std::string uuid;
  std::string name;
  std::optional<std::string> password_hash;
};

std::optional<User> load(db::Connection& connection, UserId id);
std::optional<User> load_by_name(db::Connection& connection, const std::string& name);
// Nothing where the name is taken; the transaction goes on.
std::optional<User> insert(db::Tx& tx, const std::string& name,
                           const std::optional<std::string>& email,
                           const std::optional<std::string>& password_hash);

}  // namespace boxoffice::account
