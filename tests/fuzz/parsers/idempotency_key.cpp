// Idempotency-Key and the fingerprint of a request. Input: the key, a method, two path parameters,
// each up to a line end; the body.
#include <algorithm>

#include "fn/replay.h"
#include "property.h"

using namespace boxoffice;
using fuzz::require;

namespace {

constexpr fn::Endpoint kEndpoint{.name = "v1-payment-create",
                                 .family = http::Family::v1,
                                 .methods = "POST",
                                 .identity = fn::Identity::none,
                                 .gate = fn::Gate::admitted,
                                 .idempotent = true,
                                 .body = true};

using Found = Result<std::optional<idempotency::Key>>;

Found key_of(const http::Request& request) {
  auto found = fn::replay_key(kEndpoint, request, UserId{7});
  // The planted defect: a blank at the end is taken away first.
  if (fuzz::kPlanted && !found && request.idempotency_key.back() == ' ') {
    auto trimmed = request;
    trimmed.idempotency_key.pop_back();
    return fn::replay_key(kEndpoint, trimmed, UserId{7});
  }
  return found;
}

std::string fingerprint(const http::Request& request) { return key_of(request).value()->fingerprint; }

// Requests that differ have fingerprints that differ.
void check_apart(const http::Request& one, const http::Request& other) {
  const bool same = one.method == other.method && one.path == other.path && one.body == other.body;
  require((fingerprint(one) == fingerprint(other)) == same, "a fingerprint is of one request");
}

void check_fingerprints(const http::Request& request) {
  auto other = request;
  other.accept_language = "ko";
  check_apart(request, other);
  // The same characters, cut in other places.
  if (!request.body.empty()) {
    other = request;
    other.method += other.body.front();
    other.body.erase(0, 1);
    check_apart(request, other);
    other = request;
    other.path["b"] += other.body.front();
    other.body.erase(0, 1);
    check_apart(request, other);
  }
  other = request;
  std::swap(other.path["a"], other.path["b"]);
  check_apart(request, other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  http::Request request;
  request.idempotency_key = input.line();
  request.method = input.line();
  request.path["a"] = input.line();
  request.path["b"] = input.line();
  request.body = input.rest();
  const std::string& key = request.idempotency_key;
  const bool right = key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
    return c >= '!' && c <= '~';
  });
  const auto found = key_of(request);
  require(static_cast<bool>(found) == right, "a key is up to 128 visible ASCII characters");
  if (!right) {
    require(found.error().code == ErrorCode::INVALID_FIELD, "another is an invalid field");
    return 0;
  }
  require(found->has_value() == !key.empty(), "an empty key is none");
  if (key.empty()) return 0;
  require((*found)->key == key && (*found)->user == UserId{7} && (*found)->endpoint == kEndpoint.name,
          "a key is kept as it is, the user's and the endpoint's own");
  require((*found)->fingerprint.size() == 32, "a fingerprint is a SHA-256");
  check_fingerprints(request);
  return 0;
}
