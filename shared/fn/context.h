// What a handler is given: the worker it runs in, and the caller it runs for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/config.h"
#include "db/tx.h"
#include "fn/endpoint.h"
#include "http/message.h"
#include "queue/admission.h"
#include "queue/service.h"
#include "seating/board.h"
#include "seating/counts.h"
#include "token/token.h"

namespace boxoffice::fn {

// What a worker process keeps from request to request. None of it would have to be known to
// another worker.
struct Worker {
  explicit Worker(Config settings, std::string_view token_key);
  Config config;
  token::Signer signer;
  db::Connection connection;
  queue::Watch watch;
  seating::Board board;
  seating::Counts counts;
};

// Who is asking, as far as the endpoint wanted to know.
struct Caller {
  std::optional<UserId> user;
  std::optional<token::Claims> claims;
};

class Context {
 public:
  Context(Worker& worker, const Endpoint& endpoint, const http::Request& request)
      : worker_(worker), endpoint_(endpoint), request_(request) {}

  [[nodiscard]] const Config& config() const { return worker_.config; }
  [[nodiscard]] const token::Signer& signer() const { return worker_.signer; }
  db::Connection& connection() { return worker_.connection; }
  queue::Watch& watch() { return worker_.watch; }
  seating::Board& board() { return worker_.board; }
  seating::Counts& counts() { return worker_.counts; }

  // REQUIRES: an endpoint with a gate, or with an identity that always names a user.
  [[nodiscard]] UserId user() const { return *caller_.user; }
  [[nodiscard]] std::optional<UserId> maybe_user() const { return caller_.user; }
  // REQUIRES: an endpoint with a gate.
  [[nodiscard]] const token::Claims& claims() const { return *caller_.claims; }
  [[nodiscard]] TicketKey ticket() const { return *caller_.claims->ticket; }
  // REQUIRES: an endpoint with a gate. Its handler hands this to what it calls first, which says
  // whether the caller is inside.
  queue::Admission& admission() { return admission_; }
  // NOT_YOURS where the request names a user that the credential is not for.
  [[nodiscard]] Result<Done> must_be(std::optional<UserId> named) const;
  // The claims of a token that is sent but not required; an unusable one counts as none.
  [[nodiscard]] std::optional<token::Claims> offered_claims() const;

  // Runs the body in a transaction. Where the endpoint is idempotent and the request has a key,
  // the answer is stored in the same transaction, or the stored one is given instead.
  using Body = std::function<Result<http::Response>(db::Tx&)>;
  Result<http::Response> transact(const Body& body);

  // Who the caller says they are, as far as the endpoint wants to know, and whether that is true.
  Result<Done> identify();
  // Checks the caller as the endpoint declares: identity, then replay, then admission, with a claim
  // of the visit where it is the first. A response means that the request has been answered before.
  Result<std::optional<http::Response>> pass_gates();

 private:
  // The answer that this request's key has been given before.
  Result<std::optional<http::Response>> stored_answer();
  [[nodiscard]] UserId key_owner() const;
  [[nodiscard]] Result<Caller> credential() const;
  Worker& worker_;
  const Endpoint& endpoint_;
  const http::Request& request_;
  Caller caller_;
  queue::Admission admission_;
};

}  // namespace boxoffice::fn
