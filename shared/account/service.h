// Users: who exists, and how they prove that they are who they say.
#pragma once

#include <optional>
#include <string>

#include "account/store.h"
#include "base/ids.h"
#include "base/result.h"
#include "db/tx.h"

namespace boxoffice::account {

struct Registration {
  std::string name;  // 1..kNameMax characters
  std::optional<std::string> email;
  std::optional<std::string> password_hash;  // from hash_password
};
inline constexpr std::int64_t kNameMax = 100;
inline constexpr std::int64_t kEmailMax = 254;
inline constexpr std::int64_t kPasswordMax = 128;

std::optional<User> find(db::Connection& connection, UserId id);
std::optional<User> find_by_name(db::Connection& connection, const std::string& name);

// NAME_TAKEN where the name belongs to somebody already.
Result<Done> check_free(db::Connection& connection, const std::string& name);
// The same also where they register at this moment.
Result<User> register_user(db::Tx& tx, const Registration& wanted);

// Argon2id takes tens of milliseconds and must not run inside a transaction; what was typed goes
// in here, what comes out goes into the row.
std::string hash_password(const std::string& password);
bool password_matches(const User& user, const std::optional<std::string>& password);

// CREDENTIALS_INVALID for an unknown name and for a wrong password alike.
Result<User> log_in(db::Connection& connection, const std::string& name,
                    const std::string& password);

}  // namespace boxoffice::account
