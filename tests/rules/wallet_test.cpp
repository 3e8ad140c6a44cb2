// What may be charged.
#include <gtest/gtest.h>

#include "support/outcome.h"
#include "support/table.h"
#include "wallet/rules.h"

using namespace boxoffice;
using checks::outcome;

namespace {

TEST(DecideCharge, KeepsToBothLimitsAndAsksForTheAmountFirst) {
  for (const auto& row : checks::table(R"(
      balance  amount   charge_max  balance_max  answer
      0        1        100         1000         ok
      0        100      100         1000         ok
      900      100      100         1000         ok
      0        0        100         1000         INVALID_AMOUNT
      0        -1       100         1000         INVALID_AMOUNT
      0        101      100         1000         INVALID_AMOUNT
      1000     101      100         1000         INVALID_AMOUNT // both are: the amount is said
      901      100      100         1000         BALANCE_LIMIT
      1000     1        100         1000         BALANCE_LIMIT
      // Refunds may have lifted a balance above the limit.
      5000     1        100         1000         BALANCE_LIMIT
      // Sums that would not fit 64 bits are refused, not computed.
      9223372036854775807 9223372036854775807 9223372036854775807 9223372036854775807 BALANCE_LIMIT
      0        -9223372036854775808  100  1000   INVALID_AMOUNT
      )")) {
    const wallet::Limits limits{Won{row.number("charge_max")}, Won{row.number("balance_max")}};
    const auto decided =
        wallet::decide_charge(Won{row.number("balance")}, Won{row.number("amount")}, limits);
    EXPECT_EQ(outcome(decided), row["answer"]) << row.line();
  }
}

TEST(DecideCharge, TellsTheLimitThatWasMet) {
  const auto amount = wallet::decide_charge(Won{0}, Won{0}, {Won{100}, Won{1000}});
  EXPECT_EQ(checks::fact<std::string>(amount.error(), "field"), "amount");
  EXPECT_NE(amount.error().detail_en.find("1..100"), std::string::npos);
  EXPECT_NE(amount.error().detail_ko.find("1..100"), std::string::npos);
  const auto balance = wallet::decide_charge(Won{950}, Won{51}, {Won{100}, Won{1000}});
  EXPECT_EQ(checks::fact<std::int64_t>(balance.error(), "balance"), 950);
  EXPECT_EQ(checks::fact<std::int64_t>(balance.error(), "balanceMax"), 1000);
}

}  // namespace
