#include "token/token.h"

#include <array>
#include <sodium.h>
#include <uuid/uuid.h>

#include "json/reader.h"
#include "json/writer.h"

namespace boxoffice::token {
namespace {

constexpr std::size_t kTokenCharactersMax = 2048;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
// {"alg":"HS256","typ":"JWT"}, as we write it.
constexpr std::string_view kHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
constexpr std::int64_t kTextMax = 128;

// What is computed from a claim must not overflow, even if we should sign nonsense one day.
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the last second of the year 9999
constexpr std::int64_t kQueueMax = INT64_MAX / TicketKey::kNumbers - 1;
constexpr std::int64_t kNumberMax = TicketKey::kNumbers - 1;

using Mac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encoded(const unsigned char* data, std::size_t size) {
  std::string out(sodium_base64_ENCODED_LEN(size, kBase64), '\0');
  sodium_bin2base64(out.data(), out.size(), data, size, kBase64);
  out.pop_back();  // the terminator
  return out;
}

// Nothing where the text is not base64url to its last character. libsodium (1.0.18) takes any byte
// that is not ASCII for an underscore.
std::optional<std::string> decoded(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  if (bits >= 0x80) return {};
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, kBase64) != 0) {
    return {};
  }
  out.resize(size);
  return out;
}

Mac mac_of(const std::string& key, std::string_view text) {
  Mac mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return mac;
}

// Somebody with our key may write the header in another way; the algorithm stays ours to choose.
bool is_hs256(std::string_view header) {
  if (header == kHeader) return true;
  const auto text = decoded(header);
  if (!text) return false;
  const auto read = json::Reader::parse(*text);
  if (!read) return false;
  const auto algorithm = read->text("alg", {1, kTextMax});
  return algorithm && *algorithm == "HS256";
}

Result<Claims> claims_of(std::string_view payload) {
  constexpr json::Bounds kLength{1, kTextMax};
  constexpr json::Bounds kSeconds{1, kSecondsMax};
  TRY(const auto read, json::Reader::parse(payload));
  TRY(auto sub, read.text("sub", kLength));
  TRY(const auto uid, read.id<UserId>("uid"));
  TRY(auto jti, read.text("jti", kLength));
  TRY(const auto que, read.optional_id<QueueId>("que"));
  TRY(const auto num, read.optional_id<TicketNumber>("num"));
  TRY(const auto iat, read.integer("iat", kSeconds));
  TRY(const auto exp, read.integer("exp", kSeconds));
  if (que.has_value() != num.has_value()) return refuse(ErrorCode::TOKEN_INVALID);
  if (que && (que->value > kQueueMax || num->value > kNumberMax)) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  Claims claims{std::move(sub), uid, std::move(jti), {}, iat, exp};
  if (que) claims.ticket = TicketKey{*que, *num};
  return claims;
}

}  // namespace

std::string Signer::sign(const Claims& claims) const {
  json::Object payload;
  payload.set("exp", claims.expires_s).set("iat", claims.issued_s).set("jti", claims.id);
  if (claims.ticket) {
    payload.set("num", claims.ticket->number).set("que", claims.ticket->queue);
  }
  payload.set("sub", claims.user_uuid).set("uid", claims.user);
  const std::string text = payload.dump();
  std::string out(kHeader);
  out += '.' + encoded(bytes(text), text.size());
  const Mac mac = mac_of(key_, out);
  return out + '.' + encoded(mac.data(), mac.size());
}

Result<Claims> Signer::verify(std::string_view text, Instant now) const {
  if (text.empty()) return refuse(ErrorCode::TOKEN_MISSING);
  const auto first_dot = text.find('.');
  const auto last_dot = text.rfind('.');
  if (text.size() > kTokenCharactersMax || first_dot == last_dot ||
      !is_hs256(text.substr(0, first_dot))) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  const auto said = decoded(text.substr(last_dot + 1));
  const Mac mac = mac_of(key_, text.substr(0, last_dot));
  if (!said || said->size() != mac.size() ||
      sodium_memcmp(said->data(), mac.data(), mac.size()) != 0) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  const auto payload = decoded(text.substr(first_dot + 1, last_dot - first_dot - 1));
  if (!payload) return refuse(ErrorCode::TOKEN_INVALID);
  auto claims = claims_of(*payload);
  if (!claims) return refuse(ErrorCode::TOKEN_INVALID);
  if (claims->expires_s <= now.seconds()) return refuse(ErrorCode::TOKEN_EXPIRED);
  return claims;
}

std::string new_uuid() {
  uuid_t bytes_of_it;
  uuid_generate_random(bytes_of_it);
  char text[37];
  uuid_unparse_lower(bytes_of_it, text);
  return text;
}

}  // namespace boxoffice::token
