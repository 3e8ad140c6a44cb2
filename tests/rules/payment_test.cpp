// Paying: the first refusal that applies, to the microsecond and to the won.
#include <gtest/gtest.h>

#include "payment/rules.h"
#include "support/outcome.h"
#include "support/table.h"

namespace boxoffice::payment {
namespace {

using checks::outcome;

constexpr Instant kNow{1'000'000'000};

payment::Facts good_facts() {
  return {kNow, booking::Stored::held, kNow.plus_seconds(60), 2, 2, kNow.plus_seconds(60), Won{100},
          Won{100}};
}

std::optional<Instant> offset(const std::string& micros) {
  if (micros == "-") return {};
  return Instant{kNow.micros + std::stoll(micros)};
}

booking::Stored stored(const std::string& name) {
  if (name == "held") return booking::Stored::held;
  if (name == "confirmed") return booking::Stored::confirmed;
  return name == "canceled" ? booking::Stored::canceled : booking::Stored::expired;
}

TEST(DecidePay, AnswersTheFirstRefusalThatApplies) {
  // hold and visit: microseconds from now to their end. Every row has the later rows' defects, too.
  for (const auto& row : checks::table(R"(
      stored     hold  held  visit  said  balance  answer
      confirmed  0     1     -1     99    0        ALREADY_PAID
      canceled   9     2     -1     99    0        HOLD_EXPIRED
      expired    9     2     -1     99    0        HOLD_EXPIRED
      held       -1    2     -1     99    0        HOLD_EXPIRED
      held       0     2     -1     99    0        HOLD_EXPIRED
      held       9     1     -1     99    0        HOLD_EXPIRED // a seat is somebody else's by now
      held       9     0     -1     99    0        HOLD_EXPIRED
      held       1     2     -1     99    0        PLACE_EXPIRED
      held       1     2     0      99    0        PLACE_EXPIRED
      held       1     2     1      99    0        PRICE_MISMATCH
      held       1     2     1      101   0        PRICE_MISMATCH
      held       1     2     1      100   99       INSUFFICIENT_BALANCE
      held       1     2     1      100   100      ok
      held       1     2     1      -     100      ok
      )")) {
    auto facts = good_facts();
    facts.stored = stored(row["stored"]);
    facts.hold_until = *offset(row["hold"]);
    facts.seats_held = row.number("held");
    facts.visit_ends_at = *offset(row["visit"]);
    facts.balance = Won{row.number("balance")};
    std::optional<Won> said;
    if (row["said"] != "-") said = Won{row.number("said")};
    EXPECT_EQ(outcome(decide_pay(facts, said)), row["answer"]) << row.line();
  }
}

TEST(DecidePay, RefusesAHoldAtItsLastInstant) {
  auto facts = good_facts();
  facts.hold_until = {kNow.micros + 1};
  EXPECT_EQ(outcome(decide_pay(facts, {})), "ok");
  facts.hold_until = kNow;
  EXPECT_EQ(outcome(decide_pay(facts, {})), "HOLD_EXPIRED");
}

TEST(DecidePay, LetsAFreeSeatBePaidWithNothing) {
  auto facts = good_facts();
  facts.price = facts.balance = Won{0};
  EXPECT_EQ(outcome(decide_pay(facts, Won{0})), "ok");
}

TEST(DecidePay, TellsThePriceAndTheBalance) {
  auto facts = good_facts();
  EXPECT_EQ(checks::fact<std::int64_t>(decide_pay(facts, Won{1}).error(), "price"), 100);
  facts.balance = Won{40};
  const auto poor = decide_pay(facts, {});
  EXPECT_EQ(checks::fact<std::int64_t>(poor.error(), "price"), 100);
  EXPECT_EQ(checks::fact<std::int64_t>(poor.error(), "balance"), 40);
}

}  // namespace
}  // namespace boxoffice::payment
