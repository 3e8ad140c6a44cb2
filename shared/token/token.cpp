#include "token/token.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <openssl/evp.h>
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

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encoded(const unsigned char* data, std::size_t size) {
  std::string out(sodium_base64_ENCODED_LEN(size, kBase64), '\0');
  sodium_bin2base64(out.data(), out.size(), data, size, kBase64);
  out.pop_back();  // the terminator
  return out;
}

// Nothing where the text has another character than base64url's, or one too many. By OpenSSL, which the
// database's library brings along: libsodium's way of not telling secrets by its time took seven times as
// long, and these are none.
std::optional<std::string> decoded(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '-') {
      c = '+';
    } else if (c == '_') {
      c = '/';
    } else if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      return {};
    }
  }
  const std::size_t missing = (4 - text.size() % 4) % 4;
  if (missing == 3) return {};
  standard.append(missing, '=');
  std::string out(standard.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(standard),
                                   static_cast<int>(standard.size()));
  if (size != static_cast<int>(out.size())) return {};
  out.resize(out.size() - missing);
  return out;
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

// What stands next in a payload of ours, taken from its front: a text, or a text and the value of a claim.
bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}
bool take(std::string_view& rest, std::string_view before, std::int64_t most, std::int64_t& value) {
  if (!take(rest, before) || rest.starts_with('0')) return false;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return error == std::errc{} && value >= 1 && value <= most;
}
bool take(std::string_view& rest, std::string_view before, std::string& value) {
  if (!take(rest, before)) return false;
  const auto length = std::min(rest.find('"'), rest.size());
  const auto text = rest.substr(0, length);
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
  if (!plain || text.empty() || static_cast<std::int64_t>(length) > kTextMax) return false;
  value = text;
  rest.remove_prefix(length);
  return take(rest, "\"");
}

// The payload as sign() writes it, read in place: to make a tree of it was a third of a poll's work. Nothing
// where it is written in any other way, or has anything out of bounds.
std::optional<Claims> claims_as_written(std::string_view rest) {
  Claims claims;
  TicketKey place{};
  if (!take(rest, "{\"exp\":", kSecondsMax, claims.expires_s) ||
      !take(rest, ",\"iat\":", kSecondsMax, claims.issued_s) || !take(rest, ",\"jti\":\"", claims.id)) {
    return {};
  }
  if (rest.starts_with(",\"num\":")) {
    if (!take(rest, ",\"num\":", kNumberMax, place.number.value) ||
        !take(rest, ",\"que\":", kQueueMax, place.queue.value)) {
      return {};
    }
    claims.ticket = place;
  }
  if (!take(rest, ",\"sub\":\"", claims.user_uuid) ||
      !take(rest, ",\"uid\":", INT64_MAX, claims.user.value) || rest != "}") {
    return {};
  }
  return claims;
}

Result<Claims> claims_of(std::string_view payload) {
  constexpr json::Bounds kLength{1, kTextMax};
  constexpr json::Bounds kSeconds{1, kSecondsMax};
  if (auto claims = claims_as_written(payload)) return std::move(*claims);
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

// The key's own half of each HMAC is computed once.
struct Signer::Keyed {
  crypto_auth_hmacsha256_state state{};

  // As the last part of a token.
  [[nodiscard]] std::string mac_of(std::string_view text) const {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    auto own = state;
    crypto_auth_hmacsha256_update(&own, bytes(text), text.size());
    crypto_auth_hmacsha256_final(&own, mac.data());
    return encoded(mac.data(), mac.size());
  }
};

Signer::Signer(std::string_view key) {
  const auto keyed = std::make_shared<Keyed>();
  crypto_auth_hmacsha256_init(&keyed->state, bytes(key), key.size());
  keyed_ = keyed;
}

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
  return out + '.' + keyed_->mac_of(out);
}

Result<Claims> Signer::verify(std::string_view text, Instant now) const {
  if (text.empty()) return refuse(ErrorCode::TOKEN_MISSING);
  const auto first_dot = text.find('.');
  const auto last_dot = text.rfind('.');
  if (text.size() > kTokenCharactersMax || first_dot == last_dot) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  // Nothing of it is read before it is known to be ours. Signatures are compared as they are written, so
  // that each has one text only.
  const auto said = text.substr(last_dot + 1);
  const auto mac = keyed_->mac_of(text.substr(0, last_dot));
  if (said.size() != mac.size() || sodium_memcmp(said.data(), mac.data(), mac.size()) != 0) {
    return refuse(ErrorCode::TOKEN_INVALID);
  }
  const auto payload = decoded(text.substr(first_dot + 1, last_dot - first_dot - 1));
  if (!payload || !is_hs256(text.substr(0, first_dot))) return refuse(ErrorCode::TOKEN_INVALID);
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
