#include "account/admin_store.h"

#include <algorithm>

#include "token/token.h"

namespace boxoffice::account {
namespace {

constexpr std::int64_t kLot = 100;
constexpr auto kAny = "SELECT id FROM account LIMIT 1";

}  // namespace

void insert_numbered(db::Tx& tx, std::int64_t first, std::int64_t last) {
  for (auto from = first; from <= last; from += kLot) {
    std::string sql = "INSERT INTO account (id, uuid, name, created_at) VALUES ";
    std::vector<db::Value> values;
    for (auto n = from; n <= std::min(last, from + kLot - 1); ++n) {
      sql += n == from ? "(?, ?, ?, NOW(6))" : ", (?, ?, ?, NOW(6))";
      values.emplace_back(n);
      values.emplace_back(token::new_uuid());
      values.emplace_back("user" + std::to_string(n));
    }
    tx->change_list(sql, std::move(values));
  }
}

bool any_account(db::Connection& connection) { return connection.row(kAny).has_value(); }

}  // namespace boxoffice::account
