#include "fn/replay.h"

#include <algorithm>

#include "account/password.h"

namespace boxoffice::fn {
namespace {

bool visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// What was asked: method, path and body. Each part's length is written, so that no two requests
// run together to the same text.
std::string fingerprint_of(const http::Request& request) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += std::to_string(part.size()) + ":" + std::string(part);
  };
  add(request.method);
  for (const auto& [name, value] : request.path) {
    add(name);
    add(value);
  }
  add(request.body);
  return password::sha256(text);
}

http::Response replayed(const idempotency::Stored& stored) {
  return {stored.status, "application/json", stored.body, {{"Idempotent-Replayed", "true"}}};
}

}  // namespace

Result<std::optional<idempotency::Key>> replay_key(const Endpoint& endpoint,
                                                   const http::Request& request, UserId user) {
  const std::string& key = request.idempotency_key;
  if (key.empty()) return std::optional<idempotency::Key>{};
  if (key.size() > idempotency::kKeyCharactersMax || !visible_ascii(key)) {
    return refuse_field("Idempotency-Key", "must be 1..128 visible ASCII characters",
                        "1..128자의 ASCII 문자여야 합니다");
  }
  return std::optional(
      idempotency::Key{user, std::string(endpoint.name), key, fingerprint_of(request)});
}

Result<std::optional<http::Response>> find_answer(db::Connection& connection,
                                                  const idempotency::Key& key) {
  const auto stored =
      db::read(connection, [&](db::Connection& c) { return idempotency::find(c, key); });
  if (!stored) return std::optional<http::Response>{};
  if (stored->fingerprint != key.fingerprint) return refuse(ErrorCode::IDEMPOTENCY_KEY_REUSED);
  return std::optional(replayed(*stored));
}

Result<http::Response> transact_once(db::Connection& connection, const idempotency::Key& key,
                                     const std::function<Result<http::Response>(db::Tx&)>& body) {
  try {
    return db::transact(connection, [&](db::Tx& tx) -> Result<http::Response> {
      switch (idempotency::begin(tx, key)) {
        case idempotency::Begin::in_progress: return refuse(ErrorCode::REQUEST_IN_PROGRESS);
        case idempotency::Begin::exists: {
          TRY(auto stored, find_answer(tx.connection(), key));
          if (!stored) return refuse(ErrorCode::REQUEST_IN_PROGRESS);
          return std::move(*stored);
        }
        case idempotency::Begin::fresh: break;
      }
      TRY(auto response, body(tx));
      idempotency::finish(tx, key, response.status, response.body);
      return response;
    });
  } catch (const db::Fault& fault) {
    if (fault.kind() != db::FaultKind::unknown) throw;
    // The lost connection is ended first: after that the answer is there, or never will be.
    connection.kill_lost();
    TRY(auto stored, find_answer(connection, key));
    if (!stored) throw;
    return std::move(*stored);
  }
}

}  // namespace boxoffice::fn
