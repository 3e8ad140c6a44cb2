// Idempotency of requests: the same key and the same request give the same answer, byte for byte,
// and the deed is done once.
#pragma once

#include <functional>
#include <optional>

#include "fn/endpoint.h"
#include "http/message.h"
#include "idempotency/store.h"

namespace boxoffice::fn {

// Nothing where the request has no key; INVALID_FIELD where it has an unusable one.
Result<std::optional<idempotency::Key>> replay_key(const Endpoint& endpoint,
                                                   const http::Request& request, UserId user);

// The stored answer, if there is one; IDEMPOTENCY_KEY_REUSED where it answers something else.
Result<std::optional<http::Response>> find_answer(db::Connection& connection,
                                                  const idempotency::Key& key);

// Runs the body and stores its answer in one transaction, or gives the answer that is stored.
// REQUEST_IN_PROGRESS while a twin is at work. A COMMIT whose answer was lost is resolved by
// looking the key up, never by doing the deed again.
Result<http::Response> transact_once(db::Connection& connection, const idempotency::Key& key,
                                     const std::function<Result<http::Response>(db::Tx&)>& body);

}  // namespace boxoffice::fn
