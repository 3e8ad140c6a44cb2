// Whatever is decided in whatever order, a history adds up to its balance, and no balance is
// negative. The model below does what the stores do with a yes; the decisions are the real ones.
#include <gtest/gtest.h>

#include <numeric>

#include "payment/rules.h"
#include "support/random.h"
#include "wallet/rules.h"

using namespace boxoffice;

namespace {

constexpr wallet::Limits kLimits{Won{1'000}, Won{5'000}};
constexpr std::int64_t kHoldSeconds = 10;

struct Paid {
  booking::Stored stored = booking::Stored::held;
  Instant hold_until;
  Won price;
};

struct Model {
  Instant now{1'000'000'000};
  Won balance{0};
  std::int64_t charged = 0;
  std::vector<std::int64_t> history;
  std::vector<Paid> reservations;

  void move(Won amount) {
    balance = balance + amount;
    history.push_back(amount.value);
  }
  void charge(Won amount) {
    if (!wallet::decide_charge(balance, amount, kLimits)) return;
    charged += amount.value;
    move(amount);
  }
  void hold(Won price) {
    reservations.push_back({booking::Stored::held, now.plus_seconds(kHoldSeconds), price});
  }
  void pay(Paid& r, std::optional<Won> said) {
    const payment::Facts facts{now, r.stored, r.hold_until, 1, 1, now.plus_seconds(1), r.price,
                               balance};
    if (!payment::decide_pay(facts, said)) return;
    move(Won{-r.price.value});
    r.stored = booking::Stored::confirmed;
  }
  void cancel(Paid& r, Instant cancel_until) {
    const auto plan = booking::decide_cancel({now, r.stored, r.hold_until, cancel_until});
    if (!plan) return;
    if (*plan == booking::CancelPlan::refund) move(r.price);
    r.stored = booking::Stored::canceled;
  }
};

void step(Model& model, checks::Random& random) {
  model.now.micros += random.from(0, 3'000'000);
  const auto what = random.from(0, 3);
  if (what == 0) return model.charge(Won{random.from(-10, 1'100)});
  if (what == 1 || model.reservations.empty()) return model.hold(Won{random.from(0, 900)});
  auto& chosen = model.reservations[static_cast<std::size_t>(
      random.from(0, static_cast<std::int64_t>(model.reservations.size()) - 1))];
  if (what == 2) {
    return model.pay(chosen, random.one_in(4) ? std::optional(Won{random.from(0, 900)})
                                              : std::nullopt);
  }
  model.cancel(chosen, model.now.plus_seconds(random.from(-1, 1)));
}

TEST(Ledger, AddsUpToTheBalanceAfterAnySequenceOfDecisions) {
  checks::Random random;
  for (int round = 0; round < 200; ++round) {
    Model model;
    for (int i = 0; i < 100; ++i) {
      step(model, random);
      const auto sum = std::accumulate(model.history.begin(), model.history.end(), std::int64_t{0});
      ASSERT_EQ(sum, model.balance.value);
      ASSERT_GE(model.balance, Won{0});
    }
    // Nothing is made and nothing is lost: what was charged is in the balance or paid for seats.
    std::int64_t paid = 0;
    for (const auto& r : model.reservations) {
      if (r.stored == booking::Stored::confirmed) paid += r.price.value;
    }
    ASSERT_EQ(model.charged, model.balance.value + paid);
  }
}

}  // namespace
