// Results, identifiers, settings and the error catalogue.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <unistd.h>

#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "support/outcome.h"
#include "support/random.h"

using namespace boxoffice;
using checks::outcome;

namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return refuse(ErrorCode::INVALID_FIELD).with("n", std::int64_t{n});
  return n / 2;
}
Result<std::string> quarter(int n) {
  TRY(const auto once, half(n));
  TRY(const auto twice, half(once));
  return std::to_string(twice);
}
Result<Done> check_even(int n) {
  CHECK(half(n));
  return Done{};
}

TEST(Try, GivesTheValueOrReturnsTheErrorWithItsFacts) {
  EXPECT_EQ(*quarter(12), "3");
  const auto refused = quarter(6);
  EXPECT_EQ(outcome(refused), "INVALID_FIELD");
  EXPECT_EQ(checks::fact<std::int64_t>(refused.error(), "n"), 3);
}

TEST(Check, PassesOnlyTheErrorOn) {
  EXPECT_EQ(outcome(check_even(2)), "ok");
  EXPECT_EQ(outcome(check_even(3)), "INVALID_FIELD");
}

TEST(Try, MovesTheValue) {
  const auto moved = []() -> Result<std::unique_ptr<int>> {
    TRY(auto one, Result<std::unique_ptr<int>>(std::make_unique<int>(7)));
    return one;
  }();
  EXPECT_EQ(*moved.value(), 7);
}

TEST(RefuseField, NamesTheFieldInBothLanguagesAndAsAFact) {
  const auto error = refuse_field("amount", "is wrong", "틀렸습니다");
  EXPECT_EQ(error.detail_en, "amount: is wrong");
  EXPECT_EQ(error.detail_ko, "amount: 틀렸습니다");
  EXPECT_EQ(checks::fact<std::string>(error, "field"), "amount");
}

TEST(SeatKey, ComesBackFromItsIdAndStaysExactInJavaScript) {
  checks::Random random;
  for (int i = 0; i < 1000; ++i) {
    const SeatKey key{{random.from(1, 90'000'000'000)}, {random.from(1, 99'999)}};
    const auto back = SeatKey::of(key.id());
    ASSERT_EQ(back.session, key.session);
    ASSERT_EQ(back.number, key.number);
    ASSERT_LT(key.id(), std::int64_t{1} << 53);
  }
}

TEST(TicketKey, GivesDifferentPlacesDifferentIdsInTheOrderOfTheLine) {
  EXPECT_EQ((TicketKey{{1}, {1}}.id()), 10'000'000'001);
  EXPECT_LT((TicketKey{{1}, {9'999'999'999}}.id()), (TicketKey{{2}, {1}}.id()));
  EXPECT_LT((TicketKey{{7}, {41}}.id()), (TicketKey{{7}, {42}}.id()));
}

TEST(Errors, AreCompleteInBothLanguages) {
  std::set<std::string_view> names;
  for (const auto& row : kErrors) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    for (const auto text : {row.title_en, row.title_ko, row.advice_en, row.advice_ko}) {
      EXPECT_FALSE(text.empty()) << row.name;
    }
    EXPECT_NE(row.title_en, row.title_ko) << row.name;
    EXPECT_NE(row.advice_en, row.advice_ko) << row.name;
  }
}

TEST(Errors, StandInTheOrderOfStagesWithFittingStatus) {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    const auto& row = kErrors[i];
    const auto& before = kErrors[i == 0 ? 0 : i - 1];
    EXPECT_LE(before.stage, row.stage) << row.name;
    EXPECT_EQ(row.stage == Stage::fault, row.status >= 500) << row.name;
    EXPECT_EQ(row.stage == Stage::existence || row.name == "ROUTE_NOT_FOUND", row.status == 404)
        << row.name;
    EXPECT_TRUE(row.stage != Stage::shape || row.status == 400) << row.name;
    EXPECT_TRUE(row.stage != Stage::state || row.status == 409) << row.name;
    EXPECT_EQ(row.level == LogLevel::info, row.status < 500) << row.name;
  }
}

TEST(Errors, AreFoundByTheirCode) {
  EXPECT_EQ(error_row(ErrorCode::ROUTE_NOT_FOUND).name, "ROUTE_NOT_FOUND");
  EXPECT_EQ(error_row(ErrorCode::SEAT_TAKEN).name, "SEAT_TAKEN");
  EXPECT_EQ(error_row(ErrorCode::UNAVAILABLE).name, "UNAVAILABLE");
}

// Sets a variable for one test.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Setting() { old_.empty() ? unsetenv(name_) : setenv(name_, old_.c_str(), 1); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
  std::string old_;
};

TEST(Config, TakesBothBoundsAndRefusesWhatIsBeyondByName) {
  for (const char* good : {"1", "50", "05"}) {
    const Setting set("MAX_SEATS_PER_USER", good);
    EXPECT_EQ(read_config().problem, "") << good;
    EXPECT_EQ(read_config().config.max_seats_per_user, std::stoi(good));
  }
  for (const char* bad : {"0", "51", "-1", "ten", "1e3", "5 ", " 5", "5.0", "0x5",
                          "99999999999999999999"}) {
    const Setting set("MAX_SEATS_PER_USER", bad);
    EXPECT_EQ(read_config().problem, std::string("MAX_SEATS_PER_USER=") + bad +
                                         ": must be a whole number from 1 to 50");
  }
}

TEST(Config, AnEmptyVariableIsAnAbsentOne) {
  const Setting number("HOLD_SECONDS", ""), text("TIME_ZONE", "");
  EXPECT_EQ(read_config().config.hold_seconds, 300);
  EXPECT_EQ(read_config().config.time_zone, "Asia/Seoul");
}

TEST(Config, RefusesWordsThatAreNotInItsLists) {
  {
    const Setting set("AUTH", "opened");
    EXPECT_NE(read_config().problem.find("AUTH=opened"), std::string::npos);
  }
  {
    const Setting set("AUTH", "open");
    EXPECT_EQ(read_config().problem, "");
    EXPECT_TRUE(read_config().config.auth_open());
  }
  const Setting set("LOG_LEVEL", "loud");
  EXPECT_NE(read_config().problem.find("LOG_LEVEL=loud"), std::string::npos);
}

TEST(Config, RequiresCredentialsUnlessToldOtherwise) { EXPECT_FALSE(Config{}.auth_open()); }

TEST(Config, EverySettingHasANameAndSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const auto& row : settings()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
  }
}

TEST(SecretFile, IsReadWithoutItsLineEndAndOnlyIfItIsThere) {
  const std::string path = ::testing::TempDir() + "boxoffice_secret_" + std::to_string(getpid());
  std::ofstream(path) << "se cret\r\n\n";
  std::string content;
  EXPECT_TRUE(read_secret_file(path, content));
  EXPECT_EQ(content, "se cret");
  std::remove(path.c_str());
  EXPECT_FALSE(read_secret_file(path, content));
}

TEST(LogText, CannotBreakOutOfItsString) {
  EXPECT_EQ(log::quoted("a\"b\\c\nd\x01"), R"("a\"b\\c\u000ad\u0001")");
}

}  // namespace
