// Tokens: ours and whole, or none at all.
#include <gtest/gtest.h>

#include <cstdlib>
#include <jwt.h>
#include <sodium.h>

#include "support/outcome.h"
#include "token/token.h"

namespace boxoffice::token {
namespace {

using checks::outcome;

const std::string kKey = "0123456789abcdef0123456789abcdef";
constexpr Instant kNow{1'800'000'000'000'000};
constexpr std::int64_t kNowS = 1'800'000'000;

Claims queue_claims() {
  return {"8f14e45f-ceea-467f-a8d1-0c1c5a4d3b21", UserId{7}, "c9f0f895-fb98-4ab5-9f51-4fba1e0a3d11",
          TicketKey{{1}, {42}}, kNowS, kNowS + 60};
}

Signer signer() { return Signer(kKey); }

// A token as an attacker would make it: any algorithm, key and claims.
std::string forged(jwt_alg_t algorithm, const std::string& key, const std::string& claims) {
  jwt_t* jwt = nullptr;
  jwt_new(&jwt);
  jwt_add_grants_json(jwt, claims.c_str());
  const bool none = algorithm == JWT_ALG_NONE;
  jwt_set_alg(jwt, algorithm,
              none ? nullptr : reinterpret_cast<const unsigned char*>(key.data()),
              none ? 0 : static_cast<int>(key.size()));
  char* text = jwt_encode_str(jwt);
  std::string out = text;
  std::free(text);
  jwt_free(jwt);
  return out;
}

// A payload to the letter, with our signature.
std::string signed_by_hand(const std::string& payload) {
  const auto encoded = [](const unsigned char* data, std::size_t size) {
    std::string out(sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(out.data(), out.size(), data, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return std::string(out.c_str());
  };
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::string text =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + encoded(bytes(payload), payload.size());
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(kKey), kKey.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac);
  return text + "." + encoded(mac, sizeof mac);
}

const std::string kClaims =
    R"({"sub":"u","uid":7,"jti":"j","que":1,"num":42,"iat":1800000000,"exp":1800000060})";

TEST(Tokens, ComeBackAsTheClaimsTheyWereMadeOf) {
  const auto back = signer().verify(signer().sign(queue_claims()), kNow);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->user, UserId{7});
  EXPECT_EQ(back->user_uuid, queue_claims().user_uuid);
  EXPECT_EQ(back->id, queue_claims().id);
  EXPECT_EQ(back->ticket->queue, QueueId{1});
  EXPECT_EQ(back->ticket->number, TicketNumber{42});
  EXPECT_EQ(back->issued_s, kNowS);
  EXPECT_EQ(back->expires_s, kNowS + 60);
}

TEST(Tokens, OfTheSameClaimsAreTheSameText) {
  EXPECT_EQ(signer().sign(queue_claims()), signer().sign(queue_claims()));
}

TEST(Tokens, WithoutAPlaceAreAccessTokens) {
  auto claims = queue_claims();
  claims.ticket.reset();
  EXPECT_FALSE(signer().verify(signer().sign(claims), kNow)->ticket.has_value());
}

TEST(VerifyToken, TellsMissingFromInvalidFromExpired) {
  EXPECT_EQ(outcome(signer().verify("", kNow)), "TOKEN_MISSING");
  EXPECT_EQ(outcome(signer().verify("x", kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(std::string(3000, 'a'), kNow)), "TOKEN_INVALID");
  const auto text = signer().sign(queue_claims());
  EXPECT_EQ(outcome(signer().verify(text, {(kNowS + 60) * 1'000'000 - 1})), "ok");
  EXPECT_EQ(outcome(signer().verify(text, {(kNowS + 60) * 1'000'000})), "TOKEN_EXPIRED");
}

TEST(VerifyToken, TakesOurAlgorithmAndOurKeyOnly) {
  EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_HS256, kKey, kClaims), kNow)), "ok");
  EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_NONE, "", kClaims), kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_HS384, kKey, kClaims), kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_HS512, kKey, kClaims), kNow)), "TOKEN_INVALID");
  const std::string other = "another key of thirty-two bytes!";
  EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_HS256, other, kClaims), kNow)), "TOKEN_INVALID");
}

TEST(VerifyToken, ReadsOurClaimsHoweverTheyAreWritten) {
  for (const char* claims : {
           R"({"exp":1800000060,"iat":1800000000,"jti":"j","num":42,"que":1,"sub":"u","uid":7})",
           R"({"sub":"u","uid":7,"jti":"j","que":1,"num":42,"iat":1800000000,"exp":1800000060,"aud":"a"})",
           R"({"exp":1800000060,"iat":1800000000,"jti":"j","num":42,"que":1,"sub":"\u0075","uid":7})",
           R"({"exp":1800000060,"iat":1800000000,"jti":"\"","num":42,"que":1,"sub":"요","uid":7})",
           R"( {"exp": 1800000060, "iat":1800000000,"jti":"j","num":42,"que":1,"sub":"u","uid":7} )",
       }) {
    const auto read = signer().verify(signed_by_hand(claims), kNow);
    ASSERT_TRUE(read) << claims;
    EXPECT_EQ(read->user, UserId{7});
    EXPECT_EQ(read->ticket->id(), 10'000'000'042);
    EXPECT_EQ(read->expires_s, kNowS + 60);
    // What we write, we read again as it is.
    const auto back = signer().verify(signer().sign(*read), kNow);
    ASSERT_TRUE(back) << claims;
    EXPECT_EQ(back->user_uuid, read->user_uuid);
    EXPECT_EQ(back->id, read->id);
  }
}

TEST(VerifyToken, RefusesWhatIsNearlyWrittenAsOursIs) {
  for (const char* claims : {
           R"({"exp":1800000060,"iat":1,"jti":"j","num":,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","num":-5,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","num":10000000000,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","num":99999999999999999999,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","num":5,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","que":5,"sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":01,"jti":"j","sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1.0,"jti":"j","sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"","sub":"u","uid":7})",
           R"({"exp":1800000060,"iat":1,"jti":"j","sub":"u","uid":9223372036854775808})",
           R"({"exp":1800000060,"iat":1,"jti":"j","sub":"u","uid":7}})",
           R"({"exp":1800000060,"iat":1,"jti":"j","sub":"u","uid":7)",
       }) {
    EXPECT_EQ(outcome(signer().verify(signed_by_hand(claims), kNow)), "TOKEN_INVALID") << claims;
  }
}

TEST(VerifyToken, RefusesATokenWithoutItsSignature) {
  const auto text = signer().sign(queue_claims());
  EXPECT_EQ(outcome(signer().verify(text.substr(0, text.rfind('.')), kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(text.substr(0, text.rfind('.') + 1), kNow)), "TOKEN_INVALID");
}

TEST(VerifyToken, RefusesEveryTruncation) {
  const auto text = signer().sign(queue_claims());
  for (std::size_t length = 1; length < text.size(); ++length) {
    EXPECT_EQ(outcome(signer().verify(text.substr(0, length), kNow)), "TOKEN_INVALID") << length;
  }
  EXPECT_EQ(outcome(signer().verify(text + "a", kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(text + ".a", kNow)), "TOKEN_INVALID");
}

TEST(VerifyToken, RefusesWhatStandsBehindANul) {
  const auto text = signer().sign(queue_claims());
  EXPECT_EQ(outcome(signer().verify(text + std::string("\0", 1), kNow)), "TOKEN_INVALID");
  EXPECT_EQ(outcome(signer().verify(text + std::string("\0x", 2), kNow)), "TOKEN_INVALID");
}

TEST(VerifyToken, RefusesClaimsThatOverflow) {
  const std::string most = "9223372036854775807";
  for (const std::string& bad :
       {R"("que":1,"num":10000000000,"iat":1,"exp":1800000060)" + std::string(),
        R"("que":)" + most + R"(,"num":1,"iat":1,"exp":1800000060)",
        R"("que":1,"num":1,"iat":)" + most + R"(,"exp":1800000060)",
        R"("que":1,"num":1,"iat":1,"exp":)" + most}) {
    const auto text = forged(JWT_ALG_HS256, kKey, R"({"sub":"u","uid":7,"jti":"j",)" + bad + "}");
    EXPECT_EQ(outcome(signer().verify(text, kNow)), "TOKEN_INVALID") << bad;
  }
  const auto largest = forged(JWT_ALG_HS256, kKey,
                              R"({"sub":"u","uid":9223372036854775807,"jti":"j","que":922337202,)"
                              R"("num":9999999999,"iat":1,"exp":253402300799})");
  EXPECT_EQ(signer().verify(largest, kNow)->ticket->id(), 9'223'372'029'999'999'999);
}

TEST(VerifyToken, RefusesAnyLetterInTheOtherCase) {
  const auto text = signer().sign(queue_claims());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto letter = static_cast<unsigned char>(text[i]);
    if (std::isalpha(letter) == 0) continue;
    std::string flipped = text;
    flipped[i] = static_cast<char>(letter ^ 0x20);
    EXPECT_EQ(outcome(signer().verify(flipped, kNow)), "TOKEN_INVALID") << i << " of " << text;
  }
}

TEST(VerifyToken, RefusesAnyOtherByteAnywhere) {
  // A signature with an underscore: decoders have been seen to take other bytes for one.
  auto claims = queue_claims();
  auto text = signer().sign(claims);
  while (text.find('_', text.rfind('.')) == std::string::npos) {
    ++claims.issued_s;
    text = signer().sign(claims);
  }
  ASSERT_EQ(outcome(signer().verify(text, kNow)), "ok");
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    for (int byte = 0; byte < 256; ++byte) {
      changed[i] = static_cast<char>(byte);
      if (changed == text) continue;
      ASSERT_EQ(outcome(signer().verify(changed, kNow)), "TOKEN_INVALID") << byte << " at " << i;
    }
  }
}

TEST(VerifyToken, RefusesAnotherSpellingOfTheSameSignature) {
  // The last character carries four bits of the signature; a lenient decoder drops the other two.
  const auto text = signer().sign(queue_claims());
  for (char last = '!'; last <= '~'; ++last) {
    const std::string other = text.substr(0, text.size() - 1) + last;
    const std::string wanted = other == text ? "ok" : "TOKEN_INVALID";
    EXPECT_EQ(outcome(signer().verify(other, kNow)), wanted) << last;
  }
}

TEST(VerifyToken, RefusesMissingAndMistypedClaims) {
  for (const char* bad : {
           R"({"uid":7,"jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"","uid":7,"jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":0,"jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":-7,"jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":"7","jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":7.0,"jti":"j","iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":7,"iat":1,"exp":1800000060})",
           R"({"sub":"u","uid":7,"jti":"j","exp":1800000060})",
           R"({"sub":"u","uid":7,"jti":"j","iat":1})",
           R"({"sub":"u","uid":7,"jti":"j","iat":1,"exp":1800000060,"que":1})",
           R"({"sub":"u","uid":7,"jti":"j","iat":1,"exp":1800000060,"num":1})",
           R"({"sub":"u","uid":7,"jti":"j","iat":1,"exp":1800000060,"que":0})",
           R"({"sub":"u","uid":7,"jti":"j","iat":1,"exp":1800000060,"que":"1","num":null})",
       }) {
    EXPECT_EQ(outcome(signer().verify(forged(JWT_ALG_HS256, kKey, bad), kNow)), "TOKEN_INVALID")
        << bad;
  }
}

TEST(Uuids, AreRandomAndOfVersionFour) {
  const auto one = token::new_uuid();
  EXPECT_EQ(one.size(), 36U);
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(one, token::new_uuid());
}

}  // namespace
}  // namespace boxoffice::token
