// Instants as texts, in zones with and without summer time.
#include <gtest/gtest.h>

#include "base/instant.h"
#include "support/random.h"
#include "support/table.h"

using namespace boxoffice;

namespace {

struct Zone {
  explicit Zone(const std::string& name) { EXPECT_TRUE(set_time_zone(name)) << name; }
  ~Zone() { set_time_zone("Asia/Seoul"); }
};

TEST(Instants, AreWrittenInTheServicesZoneToTheMicrosecond) {
  const Zone zone("Asia/Seoul");
  const Instant t{1'798'106'400'000'001};  // 2026-12-24T10:00:00.000001Z
  EXPECT_EQ(rfc3339(t), "2026-12-24T19:00:00.000001+09:00");
  EXPECT_EQ(local_date_time(t), "2026-12-24T19:00:00.000001");
  EXPECT_EQ(local_date(t), "2026-12-24");
  EXPECT_EQ(local_minute(t), "2026-12-24T19:00");
}

TEST(Instants, AreWrittenWithTheOffsetOfTheirOwnSeason) {
  const Zone zone("Europe/Berlin");
  EXPECT_EQ(rfc3339(*parse_rfc3339("2026-01-15T12:00:00Z")), "2026-01-15T13:00:00.000000+01:00");
  EXPECT_EQ(rfc3339(*parse_rfc3339("2026-07-15T12:00:00Z")), "2026-07-15T14:00:00.000000+02:00");
  const Zone west("America/New_York");
  EXPECT_EQ(rfc3339(*parse_rfc3339("2026-01-15T12:00:00Z")), "2026-01-15T07:00:00.000000-05:00");
}

TEST(Instants, BeforeTheEpochKeepAPositiveFraction) {
  const Zone zone("UTC");
  EXPECT_EQ(rfc3339({-1}), "1969-12-31T23:59:59.999999+00:00");
}

TEST(ParseRfc3339, ReadsWhatTheContractAllows) {
  const Zone zone("Asia/Seoul");
  for (const auto& row : checks::table(R"(
      text                                micros
      1970-01-01T00:00:00Z                0
      1970-01-01T00:00:00.5Z              500000
      1970-01-01T00:00:00.000001Z         1
      1970-01-01T00:00:00.0000019Z        1
      1970-01-01T09:00:00+09:00           0
      1970-01-01T00:00-01:30              5400000000
      1970-01-01T09:00                    0
      1970-01-01T09:00:01.25              1250000
      2000-02-29T00:00:00Z                951782400000000
      2028-02-29T00:00:00Z                1835395200000000
      )")) {
    const auto read = parse_rfc3339(row["text"]);
    ASSERT_TRUE(read) << row.line();
    EXPECT_EQ(read->micros, row.number("micros")) << row.line();
  }
}

TEST(ParseRfc3339, RefusesWhatNoCalendarOrClockHas) {
  for (const char* bad :
       {"", "x", "2026-12-24", "2026-12-24T", "2026-12-24T19", "2026-12-24 19:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00z", "2026-01-01T00:00:00+9:00",
        "2026-01-01T00:00:00+0900", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx",
        "26-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "2026-1-01T00:00:00Z",
        "2026-01-01T00:00:00 Z", "-026-01-01T00:00:00Z", "2026-01-01T-1:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(ParseRfc3339, ALocalTimeThatSummerTimeSkipsIsNone) {
  const Zone zone("Europe/Berlin");
  EXPECT_FALSE(parse_rfc3339("2026-03-29T02:30"));
  EXPECT_FALSE(parse_rfc3339("2026-03-29T02:59:59.999999"));
  EXPECT_EQ(parse_rfc3339("2026-03-29T03:00"), parse_rfc3339("2026-03-29T01:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2026-03-29T02:30:00+01:00"));
}

TEST(ParseRfc3339, ReadsBackWhatIsWritten) {
  checks::Random random;
  for (const char* name : {"Asia/Seoul", "Europe/Berlin", "America/New_York", "UTC",
                           "Asia/Kathmandu"}) {
    const Zone zone(name);
    for (int i = 0; i < 500; ++i) {
      const Instant t{random.from(86'400'000'000, 4'000'000'000'000'000)};
      ASSERT_EQ(parse_rfc3339(rfc3339(t)), t) << name << " " << t.micros;
    }
  }
}

TEST(ParseLocalMoment, ADateIsTheWholeDayAndAMinuteIsAMinute) {
  const Zone zone("Asia/Seoul");
  const auto day = parse_local_moment("2026-12-24");
  EXPECT_EQ(day->begin, parse_rfc3339("2026-12-24T00:00:00+09:00"));
  EXPECT_EQ(day->end, parse_rfc3339("2026-12-25T00:00:00+09:00"));
  const auto minute = parse_local_moment("2026-12-24T19:30");
  EXPECT_EQ(minute->begin, parse_rfc3339("2026-12-24T19:30:00+09:00"));
  EXPECT_EQ(minute->end, minute->begin.plus_seconds(60));
}

TEST(ParseLocalMoment, LastDaysOfMonthsAndLeapDaysEndWhereTheNextBegins) {
  const Zone zone("UTC");
  for (const auto& row : checks::table(R"(
      day         next
      2026-12-31  2027-01-01
      2026-02-28  2026-03-01
      2028-02-28  2028-02-29
      2028-02-29  2028-03-01
      2000-02-29  2000-03-01
      )")) {
    const auto day = parse_local_moment(row["day"]);
    ASSERT_TRUE(day) << row.line();
    EXPECT_EQ(day->end, parse_local_moment(row["next"])->begin) << row.line();
    EXPECT_EQ(local_date(day->begin), row["day"]);
    EXPECT_EQ(local_date({day->end.micros - 1}), row["day"]);
  }
}

TEST(ParseLocalMoment, DaysHave23And25HoursWhereSummerTimeBeginsAndEnds) {
  const Zone zone("Europe/Berlin");
  const auto hours = [](const char* day) {
    const auto m = parse_local_moment(day);
    return (m->end.micros - m->begin.micros) / 3'600'000'000;
  };
  EXPECT_EQ(hours("2026-03-28"), 24);
  EXPECT_EQ(hours("2026-03-29"), 23);
  EXPECT_EQ(hours("2026-10-25"), 25);
  EXPECT_EQ(parse_local_moment("2026-03-29T03:00")->begin, parse_rfc3339("2026-03-29T01:00:00Z"));
}

TEST(ParseLocalMoment, AMinuteThatSummerTimeSkipsIsNone) {
  const Zone zone("Europe/Berlin");
  EXPECT_FALSE(parse_local_moment("2026-03-29T02:30"));
}

TEST(ParseLocalMoment, ADayWhoseMidnightIsSkippedBeginsWithItsFirstInstant) {
  const Zone zone("America/Santiago");  // 2026-09-06 begins at 01:00
  const auto day = parse_local_moment("2026-09-06");
  ASSERT_TRUE(day);
  EXPECT_EQ(local_minute(day->begin), "2026-09-06T01:00");
  EXPECT_EQ(parse_local_moment("2026-09-05")->end, day->begin);
}

TEST(ParseLocalMoment, ADayThatAZoneSkippedIsNone) {
  const Zone zone("Pacific/Apia");
  EXPECT_FALSE(parse_local_moment("2011-12-30"));
  EXPECT_EQ(parse_local_moment("2011-12-29")->end, parse_local_moment("2011-12-31")->begin);
}

TEST(ParseLocalMoment, RefusesAnythingElse) {
  for (const char* bad :
       {"", "2026", "2026-12", "2026-12-24T", "2026-12-24T19", "2026-12-24T19:00:00",
        "2026-12-24T25:00", "2026-12-24T19:60", "2026-02-30", "2027-02-29", "24-12-2026",
        "2026/12/24", "2026-12-24 ", " 2026-12-24", "2026-12-24T19:00Z", "20261224", "tomorrow",
        "2026-12-2४"}) {
    EXPECT_FALSE(parse_local_moment(bad)) << bad;
  }
}

TEST(SetTimeZone, RefusesNamesThatTheMachineDoesNotKnow) {
  for (const char* bad : {"", "Nowhere/City", "/etc/passwd", "../../etc/passwd", "Seoul", ".", "Asia",
                          "Asia/", "zone.tab", "tzdata.zi"}) {
    EXPECT_FALSE(set_time_zone(bad)) << bad;
  }
  EXPECT_TRUE(set_time_zone("Asia/Seoul"));
}

}  // namespace
