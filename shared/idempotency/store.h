// Stored answers: one row per user, endpoint and Idempotency-Key, written in the transaction that
// did the deed. A refusal did nothing and stores nothing: its key may be tried again.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "db/tx.h"

namespace boxoffice::idempotency {

struct Key {
  UserId user;
  std::string endpoint, key;
  std::string fingerprint;  // SHA-256 of what was asked
};
inline constexpr std::size_t kKeyCharactersMax = 128;

struct Stored {
  std::string fingerprint;
  int status;
  std::string body;
};
std::optional<Stored> find(db::Connection& connection, const Key& key);

enum class Begin { fresh, exists, in_progress };
// REQUIRES: the transaction's first statement. The unique key judges between twins, and a twin
// still at work is found out at once, without waiting for it.
Begin begin(db::Tx& tx, const Key& key);
void finish(db::Tx& tx, const Key& key, int status, const std::string& body);

// Forgets up to `limit` answers older than that; how many there were.
std::int64_t forget(db::Tx& tx, std::int64_t older_than_hours, std::int64_t limit);

}  // namespace boxoffice::idempotency
