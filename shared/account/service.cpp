#include "account/service.h"

#include "account/password.h"

namespace boxoffice::account {

std::optional<User> find(db::Connection& connection, UserId id) {
  return load(connection, id);
}

std::optional<User> find_by_name(db::Connection& connection, const std::string& name) {
  return load_by_name(connection, name);
}

namespace {
Error name_taken() { return refuse(ErrorCode::NAME_TAKEN).with("field", std::string("name")); }
}  // namespace

Result<Done> check_free(db::Connection& connection, const std::string& name) {
  if (load_by_name(connection, name)) return name_taken();
  return Done{};
}

Result<User> register_user(db::Tx& tx, const Registration& wanted) {
  auto user = insert(tx, wanted.name, wanted.email, wanted.password_hash);
  if (!user) return name_taken();
  return std::move(*user);
}

std::string hash_password(const std::string& password) { return password::hash(password); }

bool password_matches(const User& user, const std::optional<std::string>& password) {
  return password && user.password_hash && password::verify(*user.password_hash, *password);
}

Result<User> log_in(db::Connection& connection, const std::string& name,
                    const std::string& password) {
  auto user = load_by_name(connection, name);
  if (!user || !user->password_hash) {
    // As long as a real check takes: the time must not tell which names exist.
    (void)password::verify(password::decoy(), password);
    return refuse(ErrorCode::CREDENTIALS_INVALID);
  }
  if (!password_matches(*user, password)) return refuse(ErrorCode::CREDENTIALS_INVALID);
  return std::move(*user);
}

}  // namespace boxoffice::account
