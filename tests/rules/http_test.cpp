// Requests and refusals as both families show them.
#include <gtest/gtest.h>

#include "http/message.h"
#include "support/outcome.h"
#include "support/table.h"

using namespace boxoffice;
using namespace boxoffice::http;
using checks::outcome;

namespace {

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

Error seat_taken() {
  return refuse(ErrorCode::SEAT_TAKEN)
      .with("seats", std::vector<std::int64_t>{100007, 100008})
      .with("numbers", std::vector<std::int64_t>{7, 8});
}

TEST(Refusal, InTheRestFamilyIsAProblemInEnglish) {
  const auto r = refusal(seat_taken(), {Family::v1, "", "/api/v1/x"});
  EXPECT_EQ(r.status, 409);
  EXPECT_EQ(r.content_type, "application/problem+json");
  EXPECT_EQ(r.body,
            R"({"type":"urn:boxoffice:error:SEAT_TAKEN","title":"Seat taken","status":409,)"
            R"("detail":"Choose other seats.","instance":"/api/v1/x","code":"SEAT_TAKEN",)"
            R"("seats":[100007,100008],"numbers":[7,8]})");
}

TEST(Refusal, InTheEnvelopeFamilyIsAnEnvelopeInKorean) {
  const auto r = refusal(seat_taken(), {Family::envelope, "", "/api/x"});
  EXPECT_EQ(r.status, 409);
  EXPECT_EQ(r.content_type, "application/json");
  EXPECT_EQ(r.body,
            R"({"isSuccess":false,"code":409,"message":"이미 선택된 좌석입니다.","errorCode":"SEAT_TAKEN",)"
            R"x("detail":"다른 좌석을 선택해 주세요. (seats: 100007,100008; numbers: 7,8)"})x");
}

TEST(Refusal, EitherFamilySpeaksEitherLanguage) {
  const auto korean = refusal(seat_taken(), {Family::v1, "ko-KR", "/"});
  EXPECT_NE(korean.body.find("이미 선택된 좌석입니다."), std::string::npos);
  const auto english = refusal(seat_taken(), {Family::envelope, "en", "/"});
  EXPECT_NE(english.body.find("\"Seat taken\""), std::string::npos);
}

TEST(Refusal, SaysTheFieldOnceInTheEnvelope) {
  const auto error = refuse_field("amount", "is wrong", "틀렸습니다");
  const auto r = refusal(error, {Family::envelope, "en", "/"});
  EXPECT_NE(r.body.find(R"("detail":"amount: is wrong"})"), std::string::npos) << r.body;
  const auto v1 = refusal(error, {Family::v1, "", "/"});
  EXPECT_NE(v1.body.find(R"("field":"amount")"), std::string::npos) << v1.body;
}

TEST(Refusal, OfEveryErrorHasItsStatusAndAShapeInEveryFamilyAndLanguage) {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    const auto& row = kErrors[i];
    for (const auto family : {Family::v1, Family::envelope}) {
      for (const char* language : {"ko", "en"}) {
        const auto r = refusal(refuse(static_cast<ErrorCode>(i)), {family, language, "/p"});
        EXPECT_EQ(r.status, row.status);
        EXPECT_NE(r.body.find(language == std::string("ko") ? row.title_ko : row.title_en),
                  std::string::npos);
        const bool later =
            row.status == 429 || row.status == 503 || row.name == "REQUEST_IN_PROGRESS";
        EXPECT_EQ(header(r, "Retry-After"), later ? "1" : "") << row.name;
        EXPECT_EQ(header(r, "WWW-Authenticate"), row.status == 401 ? "Bearer" : "") << row.name;
      }
    }
  }
}

TEST(Refusal, CannotBeBrokenByWhatTheCallerSent) {
  const auto r = refusal(refuse(ErrorCode::ROUTE_NOT_FOUND), {Family::v1, "", "/\"}\r\nX: y"});
  EXPECT_NE(r.body.find(R"("instance":"/\"}\r\nX: y")"), std::string::npos) << r.body;
}

TEST(PathOf, EscapesWhatCannotBeShown) {
  EXPECT_EQ(path_of("/api/v1/users/7/points?before=3"), "/api/v1/users/7/points");
  EXPECT_EQ(path_of("/users/\xff/%20\x80 \n\x7f"), "/users/%FF/%20%80%20%0A%7F");
  EXPECT_EQ(path_of("/홍"), "/%ED%99%8D");
  EXPECT_EQ(path_of("?"), "");
}

TEST(Refusal, OfAPathThatIsNoUtf8IsStillAnAnswer) {
  const auto r = refusal(refuse(ErrorCode::ROUTE_NOT_FOUND), {Family::v1, "", path_of("/\xff")});
  EXPECT_NE(r.body.find(R"("instance":"/%FF")"), std::string::npos) << r.body;
}

TEST(ChooseLanguage, TakesTheHeaviestOfKoreanAndEnglish) {
  const auto chosen = [](std::string_view header, Language fallback) {
    return choose_language(header, fallback) == Language::korean ? "ko" : "en";
  };
  for (const auto& [header, wanted] : std::vector<std::pair<const char*, const char*>>{
           {"ko", "ko"},
           {"en", "en"},
           {"ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"},
           {"en-US,en;q=0.9,ko;q=0.8", "en"},
           {"fr,en;q=0.3,ko;q=0.7", "ko"},
           {"fr, en;q=0.7, ko;q=0.3", "en"},
           {"KO-kr", "ko"},
           {"EN", "en"},
           {"ko; q=0.1, en; q=0.9", "en"},
           {"ko;Q=0.1,en;q=0.9", "en"},
           {"ko\t;\tq=0.1\t,\ten", "en"},
           {"ko;q=0.1,en;q=1.000", "en"},
           {"ko;q=0,en;q=0.1", "en"}}) {
    EXPECT_STREQ(chosen(header, Language::english), wanted) << header;
    EXPECT_STREQ(chosen(header, Language::korean), wanted) << header;
  }
}

TEST(ChooseLanguage, PassesOverWhatIsNoWeight) {
  for (const char* weight : {"inf", "nan", "1.1", "-1", "", "high", "0.5x", "1e0"}) {
    const auto header = "ko;q=" + std::string(weight) + ",en;q=0.1";
    EXPECT_EQ(choose_language(header, Language::korean), Language::english) << header;
  }
}

TEST(ChooseLanguage, FallsBackWhereNeitherIsNamed) {
  for (const char* header : {"", "fr", "*", "de-DE,fr;q=0.5", "kok", "enm", ",,;q=", "ko;q=0",
                             "koen", "en;q=0", "ko;", "en;level=1", "ko;q=inf", "en;q=nan",
                             "ko;q=2", "en;q=-1", "ko;q=0.5;x", "en;q=1e0", "ko;q=0x1"}) {
    EXPECT_EQ(choose_language(header, Language::korean), Language::korean) << header;
    EXPECT_EQ(choose_language(header, Language::english), Language::english) << header;
  }
}

TEST(ParseQuery, DecodesAndKeepsTheFirstOfTwo) {
  const auto query = parse_query("a=1&b=%ED%99%8D+x&c&&=e&a=2&d=%zz&e=100%25&f=a=b");
  EXPECT_EQ(query.at("a"), "1");
  EXPECT_EQ(query.at("b"), "홍 x");
  EXPECT_EQ(query.at("c"), "");
  EXPECT_EQ(query.at("d"), "%zz");
  EXPECT_EQ(query.at("e"), "100%");
  EXPECT_EQ(query.at("f"), "a=b");
  EXPECT_TRUE(parse_query("").empty());
  EXPECT_EQ(parse_query("x=%4").at("x"), "%4");
}

TEST(PathParameters, AreWholeNumbersFromOne) {
  for (const auto& row : checks::table(R"(
      text                  answer
      1                     ok
      9223372036854775807   ok
      0                     INVALID_FIELD
      -1                    INVALID_FIELD
      1.0                   INVALID_FIELD
      1e3                   INVALID_FIELD
      +1                    INVALID_FIELD
      1%20                  INVALID_FIELD
      ١                     INVALID_FIELD
      9223372036854775808   INVALID_FIELD
      abc                   INVALID_FIELD
      )")) {
    Request request;
    request.path.emplace("id", row["text"]);
    const auto id = request.path_id<ConcertId>("id");
    EXPECT_EQ(outcome(id), row["answer"]) << row.line();
    EXPECT_TRUE(id || checks::fact<std::string>(id.error(), "field") == "id") << row.line();
  }
  EXPECT_EQ(outcome(Request{}.path_id<ConcertId>("absent")), "INVALID_FIELD");
}

TEST(Pages, HaveBoundsAndDefaults) {
  const auto page = [](const char* query) {
    Request request;
    request.query = parse_query(query);
    return page_before(request, 20);
  };
  EXPECT_EQ(page("")->limit, 20);
  EXPECT_EQ(page("")->cursor, INT64_MAX);
  EXPECT_EQ(page("limit=100&before=7")->limit, 100);
  EXPECT_EQ(page("limit=100&before=7")->cursor, 7);
  for (const char* bad : {"limit=0", "limit=101", "limit=", "limit=x", "before=0", "before=-1",
                          "limit=1.0", "limit=99999999999999999999"}) {
    EXPECT_EQ(outcome(page(bad)), "INVALID_FIELD") << bad;
  }
  EXPECT_EQ(page_after(Request{}, 50)->cursor, 0);
}

TEST(Pages, BeginAtZeroAndNotAtMinusZero) {
  Request request;
  request.query = parse_query("after=0");
  EXPECT_EQ(page_after(request, 50)->cursor, 0);
  for (const char* bad : {"after=-0", "after=-1", "after=+0"}) {
    request.query = parse_query(bad);
    EXPECT_EQ(outcome(page_after(request, 50)), "INVALID_FIELD") << bad;
  }
}

TEST(Envelope, SaysSuccessInTheContractsWords) {
  json::Object result;
  result.set("point", Won{5});
  EXPECT_EQ(envelope(std::move(result)).body,
            R"({"isSuccess":true,"code":200,"message":"요청에 성공하였습니다.","result":{"point":5}})");
  EXPECT_EQ(no_content().body, "");
  EXPECT_EQ(no_content().status, 204);
}

}  // namespace
