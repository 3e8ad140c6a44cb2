// What a rehearsal makes of the line: each unfairness is found, and nothing else.
#include "rehearse/order.h"

#include <gtest/gtest.h>

namespace boxoffice::rehearse {
namespace {

constexpr std::int64_t kStale = 100;

// number, asked, answered, last told to wait, told in
Order judged(std::vector<History> places) { return judge_order(std::move(places), kStale); }
History place(std::int64_t number, std::int64_t asked, std::int64_t answered, std::int64_t waited,
              std::int64_t told_in) {
  History out;
  out.number = number;
  out.asked = asked;
  out.answered = answered;
  out.waited = waited;
  out.told_in = told_in;
  return out;
}

TEST(RehearsalOrder, AFairLineIsFair) {
  const auto order = judged({place(1, 0, 10, 900, 1'000), place(2, 11, 20, 1'000, 1'100),
                             place(3, 15, 40, 1'500, 1'600), place(4, 14, 60, 0, 0)});
  EXPECT_EQ(order.places, 4);
  EXPECT_EQ(order.inversions + order.doubles + order.overtaken, 0);
}

TEST(RehearsalOrder, WhoHadAnAnswerBeforeAnotherAskedComesFirst) {
  EXPECT_EQ(judged({place(1, 30, 40, 0, 50), place(2, 10, 20, 0, 30)}).inversions, 1);
  EXPECT_EQ(judged({place(1, 15, 40, 0, 50), place(2, 10, 20, 0, 30)}).inversions, 0);
}

TEST(RehearsalOrder, ANumberIsGivenOnce) {
  EXPECT_EQ(judged({place(7, 0, 10, 0, 20), place(7, 5, 12, 0, 20)}).doubles, 1);
}

TEST(RehearsalOrder, WhoStillWaitsLongAfterALaterComerWentInWasOvertaken) {
  EXPECT_EQ(judged({place(1, 0, 10, 2'000, 0), place(2, 11, 20, 500, 1'000)}).overtaken, 1);
  // Told in a moment ago: the answer may be as old as that.
  EXPECT_EQ(judged({place(1, 0, 10, 1'050, 0), place(2, 11, 20, 500, 1'000)}).overtaken, 0);
  // Not certainly in line together: the number was drawn first and committed late.
  EXPECT_EQ(judged({place(1, 0, 450, 2'000, 0), place(2, 11, 20, 500, 1'000)}).overtaken, 0);
  // Another, of whom nothing can be said, does not hide the one who overtook.
  EXPECT_EQ(judged({place(1, 0, 100, 3'000, 0), place(2, 11, 20, 0, 900), place(3, 11, 20, 800, 1'000),
                    place(4, 11, 20, 150, 2'000)}).overtaken, 1);
}

}  // namespace
}  // namespace boxoffice::rehearse
