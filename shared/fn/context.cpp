#include "fn/context.h"

#include <strings.h>

#include "fn/replay.h"

namespace boxoffice::fn {
namespace {

constexpr std::string_view kBearer = "Bearer ";

std::string_view bearer_of(const http::Request& request) {
  const std::string_view header = request.authorization;
  // A scheme is written in capitals or not.
  const bool bearer = header.size() >= kBearer.size() &&
                      strncasecmp(header.data(), kBearer.data(), kBearer.size()) == 0;
  return bearer ? header.substr(kBearer.size()) : std::string_view{};
}

}  // namespace

Worker::Worker(Config settings, std::string_view token_key)
    : config(std::move(settings)),
      signer(token_key),
      connection(db::access_from(config)),
      watch(config.snapshot_ms) {}

Result<Done> Context::must_be(std::optional<UserId> named) const {
  if (!named || !caller_.user || *named == *caller_.user) return Done{};
  return refuse(ErrorCode::NOT_YOURS);
}

std::optional<token::Claims> Context::offered_claims() const {
  auto found = credential();
  if (!found) return {};
  return std::move(found).value().claims;
}

// Any token that says who the caller is.
Result<Caller> Context::credential() const {
  std::string_view text = request_.token;
  if (endpoint_.family == http::Family::v1) {
    text = request_.authorization.empty() ? std::string_view(request_.queue_token)
                                          : bearer_of(request_);
    if (text.empty() && !request_.authorization.empty()) return refuse(ErrorCode::TOKEN_INVALID);
  }
  TRY(auto claims, signer().verify(text, wall_clock()));
  const UserId user = claims.user;
  return Caller{user, std::move(claims)};
}

Result<Done> Context::identify() {
  if (endpoint_.gate != Gate::none) {
    const bool envelope = endpoint_.family == http::Family::envelope;
    TRY(auto claims, signer().verify(envelope ? request_.token : request_.queue_token,
                                     wall_clock()));
    if (!claims.ticket) return refuse(ErrorCode::TOKEN_INVALID);
    admission_ = {*claims.ticket, claims.id};
    caller_ = {claims.user, std::move(claims)};
    return Done{};
  }
  if (endpoint_.identity == Identity::none) return Done{};
  if (config().auth_open()) {
    // The gateway has authenticated the caller: the request is believed.
    if (endpoint_.identity == Identity::owner) {
      TRY(const auto owner, request_.path_id<UserId>("userId"));
      caller_.user = owner;
    }
    return Done{};
  }
  TRY(caller_, credential());
  if (endpoint_.identity == Identity::owner) {
    TRY(const auto owner, request_.path_id<UserId>("userId"));
    // The same answer whether or not that account exists.
    if (owner != *caller_.user) return refuse(ErrorCode::NOT_YOURS);
  }
  return Done{};
}

// Keys are each user's own; where a gateway vouches for the caller, they are the gateway's.
UserId Context::key_owner() const { return caller_.user.value_or(UserId{0}); }

Result<std::optional<http::Response>> Context::pass_gates() {
  CHECK(identify());
  TRY(auto stored, stored_answer());
  if (stored || endpoint_.gate != Gate::admitted) return stored;
  auto entered = queue::enter(worker_.connection, claims());
  admission_.seen = static_cast<bool>(entered);
  if (entered) return stored;
  // A twin may have paid, and so ended the place, since the answer was looked for.
  TRY(stored, stored_answer());
  if (stored) return stored;
  return std::move(entered).error();
}

Result<std::optional<http::Response>> Context::stored_answer() {
  if (!endpoint_.idempotent) return std::optional<http::Response>{};
  TRY(const auto key, replay_key(endpoint_, request_, key_owner()));
  if (!key) return std::optional<http::Response>{};
  return find_answer(worker_.connection, *key);
}

Result<http::Response> Context::transact(const Body& body) {
  // An answer that is to be stored is known only after the last call, and committed with it.
  constexpr auto kEnding = db::Ending::last_call;
  if (!endpoint_.idempotent) return db::transact(worker_.connection, body, kEnding);
  TRY(const auto key, replay_key(endpoint_, request_, key_owner()));
  if (!key) return db::transact(worker_.connection, body, kEnding);
  bool done_now = false;
  auto answer = transact_once(worker_.connection, *key, [&](db::Tx& tx) {
    auto response = body(tx);
    done_now = true;  // only now: what failed and is run again may find a twin's answer
    return response;
  });
  // Whoever was answered so before was inside then, and is told the same again.
  if (answer && !done_now) admission_.seen = true;
  return answer;
}

}  // namespace boxoffice::fn
