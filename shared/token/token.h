// Signed tokens: JWT, HS256 only.
//
// A queue token states who the caller is and where they stand, so that a waiting user's poll
// needs nothing else. An access token states only who they are. Both come from the same claims,
// so the same place always gives the same text.
//
// By libsodium's HMAC: libjwt took three times as long, most of it for choosing an algorithm that
// is never to be chosen, and a poll does little else than verify. Tests hold the two against each
// other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/instant.h"
#include "base/result.h"

namespace boxoffice::token {

struct Claims {
  std::string user_uuid;            // sub
  UserId user;                      // uid
  std::string id;                   // jti
  std::optional<TicketKey> ticket;  // que and num: a queue token has them, an access token not
  std::int64_t issued_s = 0;        // iat, seconds since 1970
  std::int64_t expires_s = 0;       // exp
};

class Signer {
 public:
  // REQUIRES: a key of at least kKeyBytesMin bytes.
  explicit Signer(std::string_view key);
  static constexpr std::size_t kKeyBytesMin = 32;

  [[nodiscard]] std::string sign(const Claims& claims) const;
  // TOKEN_INVALID for anything that we have not signed or that lacks a claim, TOKEN_EXPIRED past exp.
  [[nodiscard]] Result<Claims> verify(std::string_view text, Instant now) const;

 private:
  struct Keyed;
  std::shared_ptr<const Keyed> keyed_;
};

// A random (version 4) UUID as text.
std::string new_uuid();

}  // namespace boxoffice::token
