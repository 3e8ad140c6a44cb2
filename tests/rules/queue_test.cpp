// The line's arithmetic.
#include <gtest/gtest.h>

#include <cmath>

#include "queue/rules.h"
#include "support/random.h"
#include "support/table.h"

namespace boxoffice::queue {
namespace {

constexpr Instant kNow{1'800'000'000'000'000};

Instant after(double seconds) {
  return {kNow.micros + static_cast<std::int64_t>(seconds * 1e6)};
}

TEST(WaitingNumber, IsOneForWhoeverIsNextAndNeverLess) {
  for (const auto& row : checks::table(R"(
      number      served      waiting
      1           0           1
      11          10          1
      12          10          2
      // A lower number that came late is next, not minus something.
      10          10          1
      3           10          1
      // The same with ten people in line or ten million.
      10000010    0           10000010
      9999999999  9999999998  1
      )")) {
    EXPECT_EQ(waiting_number({row.number("number")}, {row.number("served")}), row.number("waiting"))
        << row.line();
  }
}

TEST(Fold, TheFirstAdmissionOnlyStartsTheClock) {
  const Rate rate = fold({}, 500, kNow);
  EXPECT_EQ(rate.per_minute, 0);
  EXPECT_EQ(rate.from, kNow);
  EXPECT_EQ(rate.at, kNow);
}

TEST(Fold, ForgetsWithAMemoryOfOneMinute) {
  const Rate rate = fold({100, kNow, kNow}, 0, after(60));
  EXPECT_NEAR(rate.per_minute, 100 / std::exp(1.0), 1e-9);
  EXPECT_EQ(rate.from, kNow);
  EXPECT_EQ(rate.at, after(60));
}

TEST(Fold, AClockThatStepsBackDoesNotInflateTheRate) {
  EXPECT_EQ(fold({100, kNow, kNow}, 0, after(-60)).per_minute, 100);
  EXPECT_LE(*measured_per_minute({100, after(-600), kNow}, after(-60)), 101);
}

TEST(MeasuredPerMinute, IsNothingUntilThereHasBeenSomethingToMeasure) {
  EXPECT_FALSE(measured_per_minute({}, kNow));
  const Rate started = fold(fold({}, 100, kNow), 30, after(1));
  EXPECT_FALSE(measured_per_minute(started, after(4.9)));
  EXPECT_TRUE(measured_per_minute(started, after(5)));
}

TEST(MeasuredPerMinute, IsNothingOnceOnlyAnOldBurstIsRemembered) {
  const Rate burst = fold(fold({}, 1, kNow), 100, after(30));
  EXPECT_TRUE(measured_per_minute(burst, after(60)));
  EXPECT_FALSE(measured_per_minute(burst, after(3600)));
}

TEST(MeasuredPerMinute, ConvergesToASteadyRateFromEarlyOn) {
  for (const double per_minute : {6.0, 60.0, 1200.0}) {
    Rate rate = fold({}, 100, kNow);
    const double gap = 60 / per_minute;
    for (double at = gap; at < 300; at += gap) {
      rate = fold(rate, 1, after(at));
      const double noise = per_minute < 10 ? 0.5 : 0.1;  // few events are seen coarsely
      if (at < 25) continue;
      EXPECT_NEAR(*measured_per_minute(rate, after(at)) / per_minute, 1, noise) << at;
    }
  }
}

TEST(MeasuredPerMinute, DoesNotDependOnHowAdmissionsAreBundled) {
  checks::Random random;
  Rate one_by_one = fold({}, 1, kNow), bundled = one_by_one;
  double at = 0;
  for (int i = 0; i < 200; ++i) {
    at += static_cast<double>(random.from(0, 2'000'000)) / 1e6;
    const auto count = random.from(1, 5);
    for (int k = 0; k < count; ++k) one_by_one = fold(one_by_one, 1, after(at));
    bundled = fold(bundled, count, after(at));
  }
  EXPECT_NEAR(one_by_one.per_minute, bundled.per_minute, 1e-6);
}

TEST(Expect, UsesTheMeasuredPaceAndSaysSo) {
  const auto expected = expect(30, {60.0, 100, 600}, kNow);
  EXPECT_EQ(expected.at, after(30));
  EXPECT_TRUE(expected.measured);
}

TEST(Expect, ComputesFromCapacityAndVisitLimitBeforeAnythingWasMeasured) {
  const auto expected = expect(10, {{}, 100, 600}, kNow);  // 100 in 10 minutes: 10 a minute
  EXPECT_EQ(expected.at, after(60));
  EXPECT_FALSE(expected.measured);
}

TEST(Expect, StaysFiniteWithNoCapacityAndNoVisitTimeAndTenMillionAhead) {
  EXPECT_EQ(expect(10'000'000, {{}, 0, 0}, kNow).at, after(7 * 86400.0));
  EXPECT_EQ(expect(10'000'000, {0.5, 100, 600}, kNow).at, after(7 * 86400.0));
}

TEST(Expect, NeverPromisesSomebodyBehindAnEarlierTime) {
  checks::Random random;
  for (int i = 0; i < 1000; ++i) {
    Pace pace{{}, random.from(0, 10'000), random.from(1, 86'400)};
    const auto measured = static_cast<double>(random.from(1, 100'000)) / 7;
    if (random.one_in(2)) pace.measured_per_minute = measured;
    const auto ahead = random.from(1, 1'000'000);
    ASSERT_LE(expect(ahead, pace, kNow).at, expect(ahead + random.from(1, 1000), pace, kNow).at);
  }
}

TEST(PollAfter, IsATenthOfTheWaitWithinBoundsAndSpreadByAQuarter) {
  for (const auto& row : checks::table(R"(
      wait_s   number  ms
      0        16      1000
      -60      16      1000
      100      16      10000
      100      8       11250
      100      15      12343
      1000000  16      30000
      1000000  15      37031
      )")) {
    const Expectation expected{after(static_cast<double>(row.number("wait_s"))), true};
    const TicketNumber number{row.number("number")};
    EXPECT_EQ(poll_after_ms(expected, number, kNow), row.number("ms")) << row.line();
  }
}

TEST(WorthAdvancing, OnlyWhereSomebodyWaitsAndThereIsRoomOrWillBe) {
  for (const auto& row : checks::table(R"(
      paused  capacity  inside  waits  ended  worth
      0       10        9       1      0      1
      0       10        10      1      1      1
      0       10        10      1      0      0
      0       10        11      1      0      0     // lowered below what is inside
      0       10        9       0      1      0
      1       10        0       1      1      0
      0       0         0       1      0      0
      )")) {
    const Room room{row["paused"] == "1", row.number("capacity"), row.number("inside"),
                    row["waits"] == "1", row["ended"] == "1"};
    EXPECT_EQ(worth_advancing(room), row["worth"] == "1") << row.line();
  }
}

TEST(QueueStatus, HasTheContractsWords) {
  EXPECT_STREQ(name_of(Status::waiting), "WAITING");
  EXPECT_STREQ(name_of(Status::activated), "ACTIVATED");
  EXPECT_STREQ(name_of(Status::completed), "COMPLETED");
  EXPECT_STREQ(name_of(Status::expired), "EXPIRED");
}

}  // namespace
}  // namespace boxoffice::queue
