#include "token/token.h"

#include <cerrno>
#include <cstdlib>
#include <jwt.h>
#include <memory>
#include <new>
#include <uuid/uuid.h>

namespace boxoffice::token {
namespace {

constexpr std::size_t kTokenCharactersMax = 2048;

// What is computed from a claim must not overflow, even if we should sign nonsense one day.
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the last second of the year 9999
constexpr std::int64_t kQueueMax = INT64_MAX / TicketKey::kNumbers - 1;
constexpr std::int64_t kNumberMax = TicketKey::kNumbers - 1;

struct FreeJwt {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};
using Jwt = std::unique_ptr<jwt_t, FreeJwt>;

void must(int error) {
  if (error != 0) throw std::bad_alloc();
}

// A whole-number claim from 1; nothing where it is missing or something else.
std::optional<std::int64_t> number(jwt_t* jwt, const char* name, std::int64_t most = INT64_MAX) {
  errno = 0;
  const long value = jwt_get_grant_int(jwt, name);
  if (errno != 0 || value < 1 || value > most) return {};
  return value;
}

bool absent(jwt_t* jwt, const char* name) {
  errno = 0;
  jwt_get_grant_int(jwt, name);
  return errno == ENOENT;
}

std::optional<std::string> text(jwt_t* jwt, const char* name) {
  const char* value = jwt_get_grant(jwt, name);
  if (value == nullptr || *value == '\0') return {};
  return std::string(value);
}

std::optional<Claims> claims_of(jwt_t* jwt) {
  const auto sub = text(jwt, "sub");
  const auto jti = text(jwt, "jti");
  const auto uid = number(jwt, "uid");
  const auto iat = number(jwt, "iat", kSecondsMax);
  const auto exp = number(jwt, "exp", kSecondsMax);
  const auto que = number(jwt, "que", kQueueMax);
  const auto num = number(jwt, "num", kNumberMax);
  if (!sub || !jti || !uid || !iat || !exp) return {};
  // An access token has neither; half a place, or one that is none, is no place.
  const bool placed = !absent(jwt, "que") || !absent(jwt, "num");
  if (placed && (!que || !num)) return {};
  Claims claims{*sub, UserId{*uid}, *jti, {}, *iat, *exp};
  if (placed) claims.ticket = TicketKey{QueueId{*que}, TicketNumber{*num}};
  return claims;
}

}  // namespace

std::string Signer::sign(const Claims& claims) const {
  jwt_t* made = nullptr;
  must(jwt_new(&made));
  const Jwt jwt(made);
  must(jwt_add_grant(made, "sub", claims.user_uuid.c_str()));
  must(jwt_add_grant_int(made, "uid", claims.user.value));
  must(jwt_add_grant(made, "jti", claims.id.c_str()));
  if (claims.ticket) {
    must(jwt_add_grant_int(made, "que", claims.ticket->queue.value));
    must(jwt_add_grant_int(made, "num", claims.ticket->number.value));
  }
  must(jwt_add_grant_int(made, "iat", claims.issued_s));
  must(jwt_add_grant_int(made, "exp", claims.expires_s));
  must(jwt_set_alg(made, JWT_ALG_HS256, reinterpret_cast<const unsigned char*>(key_.data()),
                   static_cast<int>(key_.size())));
  const std::unique_ptr<char, decltype(&std::free)> encoded(jwt_encode_str(made), &std::free);
  if (!encoded) throw std::bad_alloc();
  return encoded.get();
}

Result<Claims> Signer::verify(std::string_view text, Instant now) const {
  if (text.empty()) return refuse(ErrorCode::TOKEN_MISSING);
  // libjwt reads up to the first NUL: what stands behind it would pass unseen.
  if (text.size() > kTokenCharactersMax || text.find('\0') != std::string_view::npos) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  jwt_t* read = nullptr;
  const std::string terminated(text);
  const int error = jwt_decode(&read, terminated.c_str(),
                               reinterpret_cast<const unsigned char*>(key_.data()),
                               static_cast<int>(key_.size()));
  const Jwt jwt(read);
  // The algorithm is ours to choose, never the token's.
  if (error != 0 || jwt_get_alg(read) != JWT_ALG_HS256) return refuse(ErrorCode::TOKEN_INVALID);
  auto claims = claims_of(read);
  if (!claims) return refuse(ErrorCode::TOKEN_INVALID);
  if (claims->expires_s <= now.seconds()) return refuse(ErrorCode::TOKEN_EXPIRED);
  return std::move(*claims);
}

std::string new_uuid() {
  uuid_t bytes;
  uuid_generate_random(bytes);
  char text[37];
  uuid_unparse_lower(bytes, text);
  return text;
}

}  // namespace boxoffice::token
