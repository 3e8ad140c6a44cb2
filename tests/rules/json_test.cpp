// Reading requests' JSON: strict about numbers, and every refusal names the member.
#include <gtest/gtest.h>

#include "json/reader.h"
#include "json/writer.h"
#include "support/outcome.h"

using namespace boxoffice;
using json::Reader;
using checks::outcome;

namespace {

Reader read(const std::string& text) {
  auto reader = Reader::parse(text);
  if (!reader) throw std::logic_error("not JSON: " + text);
  return std::move(reader).value();
}

std::string integer(const std::string& value, json::Bounds bounds = {1, 1000}) {
  const auto reader = Reader::parse(R"({"n":)" + value + "}");
  if (!reader) return outcome(reader);
  const auto number = reader->integer("n", bounds);
  return number ? std::to_string(*number) : outcome(number);
}

TEST(ParseJson, RefusesWhatIsNotOneObject) {
  for (const char* bad : {"", " ", "null", "1", "\"a\"", "[]", "[{}]", "{", "{}{}", "{} x",
                          "{\"a\"}",
                          "{'a':1}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":NaN}",
                          "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}",
                          "{\"a\":\"\\u0000\"}", "{\"a\":\"\x01\"}", "{\"a\":/**/1}"}) {
    EXPECT_EQ(outcome(Reader::parse(bad)), "INVALID_JSON") << bad;
  }
  EXPECT_EQ(outcome(Reader::parse(std::string_view("{}\0", 3))), "INVALID_JSON");
  EXPECT_EQ(outcome(Reader::parse(std::string_view("{\"a\":1\0}", 8))), "INVALID_JSON");
  EXPECT_EQ(outcome(Reader::parse(" {\"a\": {\"b\": [1, 2.5, null, true]}} \n")), "ok");
}

TEST(ParseJson, RefusesAMemberGivenTwiceAlsoInside) {
  EXPECT_EQ(outcome(Reader::parse(R"({"amount":1,"amount":2})")), "INVALID_JSON");
  EXPECT_EQ(outcome(Reader::parse(R"({"amount":1,"\u0061mount":1})")), "INVALID_JSON");
  EXPECT_EQ(outcome(Reader::parse(R"({"a":{"b":1,"b":1}})")), "INVALID_JSON");
}

TEST(ParseJson, SurvivesDeepNesting) {
  const std::string deep = R"({"a":)" + std::string(4000, '[') + std::string(4000, ']') + "}";
  EXPECT_EQ(outcome(Reader::parse(deep)), "INVALID_JSON");
}

TEST(ParseJson, SaysWhereItWentWrong) {
  const auto bad = Reader::parse("{\n\"a\": x}");
  EXPECT_NE(bad.error().detail_en.find("line 2"), std::string::npos) << bad.error().detail_en;
}

TEST(JsonInteger, TakesWholeNumbersWithinBoundsOnly) {
  EXPECT_EQ(integer("1"), "1");
  EXPECT_EQ(integer("1000"), "1000");
  for (const char* bad : {"0", "1001", "-1", "1e3", "100.0", "1.5", "1E2", "\"100\"", "true", "[]",
                          "{}", "null"}) {
    EXPECT_EQ(integer(bad), "INVALID_FIELD") << bad;
  }
}

TEST(JsonInteger, HasAllOf64BitsAndRefusesMore) {
  EXPECT_EQ(integer("9223372036854775807", {1, INT64_MAX}), "9223372036854775807");
  EXPECT_EQ(integer("9223372036854775808", {1, INT64_MAX}), "INVALID_FIELD");
  EXPECT_EQ(integer("-9223372036854775809", {1, INT64_MAX}), "INVALID_FIELD");
  EXPECT_EQ(integer("1e999", {1, INT64_MAX}), "INVALID_FIELD");
}

TEST(JsonInteger, BeyondAllBitsIsTheMembersFaultAndIgnoredWhereTheMemberIs) {
  const auto reader = read(R"({"a": 99999999999999999999 ,"b":[-99999999999999999999,1e999],"n":3})");
  EXPECT_EQ(reader.integer("n", {1, 5}).value(), 3);
  EXPECT_EQ(reader.amount("a", {1, 5}).error().code, ErrorCode::INVALID_AMOUNT);
  EXPECT_EQ(checks::fact<std::string>(reader.ids("b", false).error(), "field"), "b");
  // The control: what is no number stays no JSON.
  EXPECT_FALSE(json::Reader::parse(R"({"a":99999999999999999999x})"));
  // Two numbers with nothing between them are not JSON, whichever is too large.
  EXPECT_FALSE(json::Reader::parse(R"({"a":[1-99999999999999999999]})"));
  EXPECT_FALSE(json::Reader::parse(R"({"a":[1e-2-99999999999999999999]})"));
  EXPECT_FALSE(json::Reader::parse(R"({"a":1e999e999})"));
}

TEST(JsonInteger, NamesTheMemberAndItsRangeInBothLanguages) {
  const auto over = read(R"({"n":7})").integer("n", {1, 5});
  EXPECT_EQ(checks::fact<std::string>(over.error(), "field"), "n");
  EXPECT_EQ(over.error().detail_en, "n: must be a whole number, 1..5");
  EXPECT_EQ(over.error().detail_ko, "n: 1..5 범위의 정수여야 합니다");
}

TEST(JsonMembers, MissingAndNullAreTheSame) {
  for (const char* text : {"{}", R"({"a":null})"}) {
    const auto reader = read(text);
    EXPECT_EQ(outcome(reader.id<UserId>("a")), "INVALID_FIELD");
    EXPECT_EQ(outcome(reader.text("a", {0, 10})), "INVALID_FIELD");
    EXPECT_EQ(outcome(reader.ids("a", true)), "INVALID_FIELD");
    EXPECT_EQ(outcome(reader.amount("a", {1, 10})), "INVALID_FIELD");
    EXPECT_FALSE(reader.optional_id<UserId>("a")->has_value());
    EXPECT_FALSE(reader.optional_text("a", {0, 10})->has_value());
  }
}

TEST(JsonMembers, OptionalOnesAreCheckedWhereTheyAreThere) {
  EXPECT_EQ(outcome(read(R"({"a":"1"})").optional_id<UserId>("a")), "INVALID_FIELD");
  EXPECT_EQ(outcome(read(R"({"a":1})").optional_text("a", {0, 10})), "INVALID_FIELD");
  EXPECT_EQ(read(R"({"a":8})").optional_id<UserId>("a").value(), UserId{8});
}

TEST(JsonAmount, AWrongOneIsAWrongAmount) {
  for (const char* bad : {"0", "1e3", "100.0", "\"100\"", "11"}) {
    const auto amount = read(R"({"amount":)" + std::string(bad) + "}").amount("amount", {1, 10});
    EXPECT_EQ(outcome(amount), "INVALID_AMOUNT") << bad;
    EXPECT_EQ(checks::fact<std::string>(amount.error(), "field"), "amount");
  }
  EXPECT_EQ(*read(R"({"amount":10})").amount("amount", {1, 10}), Won{10});
}

TEST(JsonText, IsCountedInCharactersNotBytes) {
  const auto reader = read(R"({"a":"홍길동","e":""})");
  EXPECT_EQ(outcome(reader.text("a", {1, 3})), "ok");
  EXPECT_EQ(outcome(reader.text("a", {1, 2})), "INVALID_FIELD");
  EXPECT_EQ(outcome(reader.text("e", {1, 3})), "INVALID_FIELD");
  EXPECT_EQ(*reader.text("a", {1, 3}), "홍길동");
}

TEST(JsonText, HasNoControlCharacters) {
  for (const char* bad : {R"("a\nb")", R"("\u001b[31m")", R"("\u007f")", R"("\t")"}) {
    const auto reader = read(R"({"a":)" + std::string(bad) + "}");
    EXPECT_EQ(outcome(reader.text("a", {0, 10})), "INVALID_FIELD") << bad;
  }
}

std::string ids(const std::string& list, bool numeric_texts) {
  return outcome(read(R"({"a":)" + list + "}").ids("a", numeric_texts));
}

TEST(JsonIds, TakesNumbersAndWhereAllowedNumericTexts) {
  EXPECT_EQ(ids("[1,2]", false), "ok");
  EXPECT_EQ(ids(R"(["1",2])", false), "INVALID_FIELD");
  EXPECT_EQ(*read(R"({"a":["1",2,"30"]})").ids("a", true), (std::vector<std::int64_t>{1, 2, 30}));
}

TEST(JsonIds, RefusesEmptyListsAndEverythingThatIsNoNumberFromOne) {
  for (const char* bad : {"[]", "{}", "1", R"("1")", "[0]", "[-1]", "[1.0]", "[1e2]", "[null]",
                          "[[1]]",
                          "[true]", R"([""])", R"([" 1"])", R"(["1 "])", R"(["+1"])", R"(["-1"])",
                          R"(["0"])", R"(["1.0"])", R"(["0x1"])", R"(["1e2"])",
                          R"(["99999999999999999999"])"}) {
    EXPECT_EQ(ids(bad, true), "INVALID_FIELD") << bad;
  }
}

TEST(WriteJson, KeepsTheOrderAndEscapes) {
  json::Object object;
  object.set("z", "\"\n").set("a", std::int64_t{9007199254740991}).set("n", std::optional<Won>{});
  json::Array list;
  list.add(std::int64_t{1}).add("한");
  object.set("list", std::move(list)).set("yes", true).set("user", UserId{5});
  EXPECT_EQ(object.dump(),
            R"({"z":"\"\n","a":9007199254740991,"n":null,"list":[1,"한"],"yes":true,"user":5})");
}

}  // namespace
