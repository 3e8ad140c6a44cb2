#include "idempotency/store.h"

namespace boxoffice::idempotency {
namespace {

constexpr auto kFind =
    "SELECT fingerprint, status, body FROM idempotency "
    "WHERE user_id = ? AND endpoint = ? AND idempotency_key = ?";
constexpr auto kBegin =
    "SET STATEMENT innodb_lock_wait_timeout = 0 FOR "
    "INSERT INTO idempotency (user_id, endpoint, idempotency_key, fingerprint, created_at) "
    "VALUES (?, ?, ?, ?, NOW(6))";
constexpr auto kFinish =
    "UPDATE idempotency SET status = ?, body = ? "
    "WHERE user_id = ? AND endpoint = ? AND idempotency_key = ?";
constexpr auto kForget =
    "DELETE FROM idempotency WHERE created_at < NOW(6) - INTERVAL ? HOUR "
    "ORDER BY created_at LIMIT ?";

}  // namespace

std::optional<Stored> find(db::Connection& connection, const Key& key) {
  const auto row = connection.row(kFind, key.user, key.endpoint, key.key);
  if (!row || row->null(1)) return {};
  return Stored{row->text(0), static_cast<int>(row->integer(1)), row->text(2)};
}

Begin begin(db::Tx& tx, const Key& key) {
  try {
    tx->change(kBegin, key.user, key.endpoint, key.key, key.fingerprint);
    return Begin::fresh;
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return Begin::exists;
    if (fault.kind() == db::FaultKind::busy) return Begin::in_progress;
    throw;
  }
}

void finish(db::Tx& tx, const Key& key, int status, const std::string& body) {
  tx->change(kFinish, status, body, key.user, key.endpoint, key.key);
}

std::int64_t forget(db::Tx& tx, std::int64_t older_than_hours, std::int64_t limit) {
  return tx->change(kForget, older_than_hours, limit);
}

}  // namespace boxoffice::idempotency
