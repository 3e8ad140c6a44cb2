// Tokens. Input: a mode, then (0) a token's text; (1) a header line and claims, which are signed
// with the right key; (2) a token of ours with one byte changed; (3) with something put behind it.
#include <sodium.h>

#include "oracle.h"
#include "property.h"
#include "token/token.h"

using namespace boxoffice;
using fuzz::Node;
using fuzz::require;
using token::Claims;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";
constexpr Instant kNow{1'800'000'000'000'000};
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const token::Signer& signer() {
  static const token::Signer made(kKey);
  return made;
}

std::string base64url(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) out += kAlphabet[bits << (6 - held) & 63];
  return out;
}

std::string signature(const std::string& signed_part) {
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(kKey.data()), kKey.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(signed_part.data()),
                                signed_part.size());
  crypto_auth_hmacsha256_final(&state, mac);
  return base64url({reinterpret_cast<const char*>(mac), sizeof mac});
}

// Whether we would have signed these very bytes.
bool is_ours(const std::string& text) {
  const auto dot = text.rfind('.');
  return dot != std::string::npos && text.find('\0') == std::string::npos &&
         text.substr(dot + 1) == signature(text.substr(0, dot));
}

// The planted defect: the last character of the signature is not looked at.
Result<Claims> verify(const std::string& text) {
  const auto dot = text.rfind('.');
  if (!fuzz::kPlanted || dot == std::string::npos) return signer().verify(text, kNow);
  auto right = text.substr(0, dot + 1) + signature(text.substr(0, dot));
  if (right.substr(0, right.size() - 1) != text.substr(0, text.size() - 1)) right = text;
  return signer().verify(right, kNow);
}

void check_accepted(const Claims& claims) {
  require(!claims.user_uuid.empty() && !claims.id.empty(), "sub and jti are there");
  require(claims.user.value >= 1 && claims.issued_s >= 1, "uid and iat are whole numbers from 1");
  require(claims.expires_s > kNow.seconds(), "exp is to come");
  // What the queue's code does with them must not overflow.
  require(Instant{claims.issued_s * 1'000'000}.seconds() == claims.issued_s, "iat is an instant");
  require(Instant{claims.expires_s * 1'000'000}.seconds() == claims.expires_s, "exp is an instant");
  if (claims.ticket) require(claims.ticket->id() >= 1, "que and num make an id");
}

void check_text(const std::string& text) {
  const auto claims = verify(text);
  if (!claims) {
    require(claims.error().code != ErrorCode::TOKEN_MISSING || text.empty(), "missing is empty");
    return;
  }
  require(is_ours(text), "only what we have signed is accepted");
  check_accepted(*claims);
}

bool whole(const Node& claims, const char* name) {
  const Node* node = claims.find(name);
  return node != nullptr && node->kind == Node::Kind::integer && node->value >= 1;
}
bool filled(const Node& claims, const char* name) {
  const Node* node = claims.find(name);
  return node != nullptr && node->kind == Node::Kind::text && !node->text.empty();
}

// Nobody but us can make such a token; its claims are still held against what they must be.
void check_signed(const std::string& header, const std::string& payload) {
  const auto signed_part = base64url(header) + "." + base64url(payload);
  const auto text = signed_part + "." + signature(signed_part);
  const auto claims = verify(text);
  if (!claims) return;
  check_accepted(*claims);
  const auto head = fuzz::read_json(header);
  const auto body = fuzz::read_json(payload);
  require(head && body, "both parts are JSON objects");
  const Node* algorithm = head->find("alg");
  require(algorithm != nullptr && algorithm->text.size() == 5 &&
              (algorithm->text[0] | 0x20) == 'h' && (algorithm->text[1] | 0x20) == 's' &&
              algorithm->text.substr(2) == "256",
          "the algorithm is HS256");
  require(filled(*body, "sub") && filled(*body, "jti") && whole(*body, "uid") &&
              whole(*body, "iat") && whole(*body, "exp"),
          "every claim is there and of its type");
  const auto said = [&](const char* name, std::int64_t value) {
    const Node* node = body->find(name);
    return node != nullptr && node->kind == Node::Kind::integer && node->value == value;
  };
  require(said("uid", claims->user.value) && said("iat", claims->issued_s) &&
              said("exp", claims->expires_s) && body->find("sub")->text == claims->user_uuid &&
              body->find("jti")->text == claims->id,
          "and read as it is written");
  const auto placed = [&](const char* name) {
    const Node* node = body->find(name);
    return node != nullptr && node->kind != Node::Kind::null;
  };
  require(placed("que") == claims->ticket.has_value() && placed("num") == claims->ticket.has_value(),
          "que comes with num");
  require(!claims->ticket || (said("que", claims->ticket->queue.value) &&
                              said("num", claims->ticket->number.value)),
          "and both say which place it is");
}

std::string printable(const std::string& text) {
  std::string out = "u";
  for (const char c : text) out += static_cast<char>(0x20 + static_cast<unsigned char>(c) % 95);
  return out;
}

Claims own_claims(fuzz::Input& input) {
  const auto positive = [&](std::int64_t most) {
    return 1 + static_cast<std::int64_t>(static_cast<std::uint64_t>(input.number()) %
                                         static_cast<std::uint64_t>(most));
  };
  Claims claims;
  claims.user = UserId{positive(INT64_MAX)};
  claims.issued_s = positive(kNow.seconds());
  claims.expires_s = kNow.seconds() + positive(31'536'000);
  if (input.byte() % 2 == 0) {
    claims.ticket = TicketKey{QueueId{positive(900'000'000)}, TicketNumber{positive(9'999'999'999)}};
  }
  claims.user_uuid = printable(input.line().substr(0, 64));
  claims.id = printable(input.line().substr(0, 64));
  return claims;
}

void check_own(fuzz::Input& input, bool change) {
  const auto claims = own_claims(input);
  const auto text = signer().sign(claims);
  const auto back = signer().verify(text, kNow);
  require(static_cast<bool>(back), "our own token is accepted");
  require(back->user == claims.user && back->user_uuid == claims.user_uuid && back->id == claims.id &&
              back->issued_s == claims.issued_s && back->expires_s == claims.expires_s &&
              back->ticket.has_value() == claims.ticket.has_value() &&
              (!claims.ticket || back->ticket->id() == claims.ticket->id()),
          "and says what it was made of");
  require(signer().sign(*back) == text, "the same claims are the same text");
  if (!change) {
    const auto behind = input.rest();
    require(behind.empty() || !verify(text + behind), "nothing may stand behind a token");
    return;
  }
  auto other = text;
  const auto from_end = static_cast<std::size_t>(input.byte()) * 2 + input.byte() % 2;
  const auto at = text.size() - 1 - from_end % text.size();
  other[at] = static_cast<char>(input.byte());
  require(other == text || !verify(other), "a token with another byte is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.byte() % 4) {
    case 0: check_text(input.rest()); break;
    case 1: {
      const auto header = input.line();
      check_signed(header, input.rest());
      break;
    }
    case 2: check_own(input, true); break;
    default: check_own(input, false); break;
  }
  return 0;
}
