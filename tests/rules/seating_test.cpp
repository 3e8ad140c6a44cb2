// What may be asked of seats, and when.
#include <gtest/gtest.h>

#include "seating/rules.h"
#include "support/outcome.h"

using namespace boxoffice;
using seating::in_lock_order;
using seating::on_sale;
using checks::outcome;

namespace {

std::vector<SeatNumber> numbers(std::initializer_list<std::int64_t> values) {
  std::vector<SeatNumber> out;
  for (const auto value : values) out.push_back({value});
  return out;
}

TEST(InLockOrder, SortsByNumberSoThatNoTwoBuyersWaitForEachOther) {
  EXPECT_EQ(in_lock_order(numbers({9, 1, 10, 2}), 10).value(), numbers({1, 2, 9, 10}));
}

TEST(InLockOrder, TakesExactlyTheMostAndNotOneMore) {
  EXPECT_EQ(outcome(in_lock_order(numbers({1, 2, 3}), 3)), "ok");
  const auto over = in_lock_order(numbers({1, 2, 3, 4}), 3);
  EXPECT_EQ(outcome(over), "TOO_MANY_SEATS");
  EXPECT_EQ(checks::fact<std::int64_t>(over.error(), "most"), 3);
}

TEST(InLockOrder, RefusesASeatNamedTwiceWhereverItStands) {
  const auto twice = in_lock_order(numbers({7, 3, 5, 3}), 10);
  EXPECT_EQ(outcome(twice), "DUPLICATE_SEAT");
  EXPECT_EQ(checks::fact<std::vector<std::int64_t>>(twice.error(), "numbers"),
            std::vector<std::int64_t>{3});
}

TEST(InLockOrder, SaysDuplicateBeforeTooMany) {
  EXPECT_EQ(outcome(in_lock_order(numbers({1, 1, 2, 3}), 2)), "DUPLICATE_SEAT");
}

TEST(OnSale, OpensAtItsFirstInstantAndIsOverAtItsLast) {
  const seating::SaleWindow window{{1'000'000}, {2'000'000}, {9'000'000}};
  EXPECT_FALSE(on_sale(window, {999'999}));
  EXPECT_TRUE(on_sale(window, {1'000'000}));
  EXPECT_TRUE(on_sale(window, {1'999'999}));
  EXPECT_FALSE(on_sale(window, {2'000'000}));
}

TEST(OnSale, EndsWhenTheSessionBeginsThoughTheSaleGoesOn) {
  const seating::SaleWindow window{{1'000'000}, {9'000'000}, {2'000'000}};
  EXPECT_TRUE(on_sale(window, {1'999'999}));
  EXPECT_FALSE(on_sale(window, {2'000'000}));
}

TEST(SeatStatus, HasTheContractsWords) {
  EXPECT_STREQ(name_of(seating::SeatStatus::available), "AVAILABLE");
  EXPECT_STREQ(name_of(seating::SeatStatus::temporary_reserved), "TEMPORARY_RESERVED");
  EXPECT_STREQ(name_of(seating::SeatStatus::reserved), "RESERVED");
}

}  // namespace
