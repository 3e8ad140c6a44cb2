#include "account/store.h"

#include "token/token.h"

namespace boxoffice::account {
namespace {

constexpr auto kLoad = "SELECT id, uuid, name, password_hash FROM account WHERE id = ?";
constexpr auto kLoadByName = "SELECT id, uuid, name, password_hash FROM account WHERE name = ?";
constexpr auto kInsert =
    "INSERT INTO account (uuid, name, email, password_hash, created_at) "
    "VALUES (?, ?, ?, ?, NOW(6)) RETURNING id, uuid, name, password_hash";

std::optional<User> to_user(const std::optional<db::Row>& row) {
  if (!row) return {};
  return User{row->id<UserId>(0), row->text(1), row->text(2), row->maybe_text(3)};
}

}  // namespace

std::optional<User> load(db::Connection& connection, UserId id) {
  return to_user(connection.row(kLoad, id));
}

std::optional<User> load_by_name(db::Connection& connection, const std::string& name) {
  return to_user(connection.row(kLoadByName, name));
}

std::optional<User> insert(db::Tx& tx, const std::string& name,
                           const std::optional<std::string>& email,
                           const std::optional<std::string>& password_hash) {
  try {
    return to_user(tx->row(kInsert, token::new_uuid(), name, email, password_hash));
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return {};
    throw;
  }
}

}  // namespace boxoffice::account
