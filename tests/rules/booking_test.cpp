// Holding and cancelling: which refusal comes first, and where time's edges are.
#include <gtest/gtest.h>

#include "booking/rules.h"
#include "support/outcome.h"
#include "support/table.h"

namespace boxoffice::booking {
namespace {

using checks::outcome;

constexpr Instant kNow{1'000'000'000};

// A place in time by name: `early` and `late` are an hour from now, the others a microsecond.
Instant when(const std::string& name) {
  if (name == "early") return kNow.plus_seconds(-3600);
  if (name == "just_past") return {kNow.micros - 1};
  if (name == "now") return kNow;
  if (name == "just_ahead") return {kNow.micros + 1};
  if (name == "late") return kNow.plus_seconds(3600);
  throw std::logic_error("no such time: " + name);
}

Stored stored(const std::string& name) {
  if (name == "held") return Stored::held;
  if (name == "confirmed") return Stored::confirmed;
  if (name == "canceled") return Stored::canceled;
  if (name == "expired") return Stored::expired;
  throw std::logic_error("no such state: " + name);
}

TEST(DecideHold, AnswersTheFirstRefusalThatApplies) {
  // Every row has the defects of all rows below it, too.
  for (const auto& row : checks::table(R"(
      visit_ends  missing  taken  live  asked  opens       closes      starts      said  answer
      early       99       7      10    2      late        late        late        1     PLACE_EXPIRED
      just_past   99       7      10    2      late        late        late        1     PLACE_EXPIRED
      now         99       7      10    2      late        late        late        1     PLACE_EXPIRED
      just_ahead  99       7      9     2      late        late        late        1     TOO_MANY_SEATS
      late        99       7      8     2      late        late        late        1     SEAT_NOT_FOUND
      late        -        7      8     2      just_ahead  late        late        1     SALE_NOT_OPEN
      late        -        7      8     2      early       now         late        1     SALE_NOT_OPEN
      late        -        7      8     2      early       late        now         1     SALE_NOT_OPEN
      late        -        7      8     2      now         just_ahead  just_ahead  1     PRICE_MISMATCH
      late        -        7      8     2      now         just_ahead  just_ahead  200   SEAT_TAKEN
      late        -        7      8     2      now         just_ahead  just_ahead  -     SEAT_TAKEN
      late        -        -      8     2      now         just_ahead  just_ahead  200   ok
      late        -        -      8     2      now         just_ahead  just_ahead  -     ok
      )")) {
    HoldFacts facts{{3}, kNow, when(row["visit_ends"]),
                    {when(row["opens"]), when(row["closes"]), when(row["starts"])},
                    row.number("live"), {}, {}, Won{200}};
    if (row["taken"] != "-") facts.taken = {SeatNumber{row.number("taken")}};
    if (row["missing"] != "-") facts.missing = {SeatNumber{row.number("missing")}};
    HoldTerms terms{row.number("asked"), 10, 300, {}};
    if (row["said"] != "-") terms.said = Won{row.number("said")};
    EXPECT_EQ(outcome(decide_hold(facts, terms)), row["answer"]) << row.line();
  }
}

HoldFacts good_facts() {
  return {{3}, kNow, when("late"), {when("early"), when("late"), when("late")}, 0, {}, {}, Won{200}};
}

TEST(DecideHold, HoldsForItsTimeFromNowAtTheServersPrice) {
  const auto plan = decide_hold(good_facts(), {2, 10, 300, Won{200}});
  EXPECT_EQ(plan->hold_until, kNow.plus_seconds(300));
  EXPECT_EQ(plan->total, Won{200});
}

TEST(DecideHold, TellsWhatTheServerKnows) {
  auto facts = good_facts();
  EXPECT_EQ(checks::fact<std::int64_t>(decide_hold(facts, {2, 10, 300, Won{1}}).error(), "price"),
            200);
  facts.live_seats = 9;
  const auto many = decide_hold(facts, {2, 10, 300, {}});
  EXPECT_EQ(checks::fact<std::int64_t>(many.error(), "most"), 10);
  EXPECT_EQ(checks::fact<std::int64_t>(many.error(), "yours"), 9);
  facts.live_seats = 0;
  facts.missing = {SeatNumber{77}, SeatNumber{78}};
  EXPECT_EQ(checks::fact<std::int64_t>(decide_hold(facts, {2, 10, 300, {}}).error(), "number"), 77);
  facts.missing = {};
  facts.taken = {SeatNumber{5}, SeatNumber{6}};
  EXPECT_EQ(checks::fact<std::vector<std::int64_t>>(decide_hold(facts, {2, 10, 300, {}}).error(), "seats"),
            (std::vector{SeatKey{{3}, {5}}.id(), SeatKey{{3}, {6}}.id()}));
}

TEST(ShownStatus, OfAHoldChangesExactlyAtItsLastInstant) {
  EXPECT_EQ(shown_status(Stored::held, kNow, {kNow.micros - 1}), Status::temporary_reserved);
  EXPECT_EQ(shown_status(Stored::held, kNow, kNow), Status::expired);
}

TEST(ShownStatus, OfAnythingElseDoesNotDependOnTheTime) {
  for (const auto time : {when("early"), when("late")}) {
    EXPECT_EQ(shown_status(Stored::confirmed, kNow, time), Status::confirmed);
    EXPECT_EQ(shown_status(Stored::canceled, kNow, time), Status::canceled);
    EXPECT_EQ(shown_status(Stored::expired, kNow, time), Status::expired);
  }
}

TEST(DecideCancel, ReleasesHoldsAndRefundsUntilTheDeadline) {
  for (const auto& row : checks::table(R"(
      stored     hold_until  cancel_until  answer
      held       just_ahead  early         release    // unpaid: the deadline is for the paid
      held       now         late          NOT_CANCELLABLE
      held       just_past   late          NOT_CANCELLABLE
      confirmed  early       just_ahead    refund
      confirmed  late        now           NOT_CANCELLABLE
      confirmed  late        just_past     NOT_CANCELLABLE
      canceled   late        late          NOT_CANCELLABLE
      expired    late        late          NOT_CANCELLABLE
      )")) {
    const auto decided = decide_cancel(
        {kNow, stored(row["stored"]), when(row["hold_until"]), when(row["cancel_until"])});
    std::string answer = outcome(decided);
    if (decided) answer = *decided == CancelPlan::refund ? "refund" : "release";
    EXPECT_EQ(answer, row["answer"]) << row.line();
  }
}

TEST(DecideCancel, SaysWhyNot) {
  const auto late = decide_cancel({kNow, Stored::confirmed, kNow, kNow});
  EXPECT_EQ(checks::fact<std::string>(late.error(), "cancelUntil"), rfc3339(kNow));
  const auto over = decide_cancel({kNow, Stored::held, kNow, when("late")});
  EXPECT_EQ(checks::fact<std::string>(over.error(), "reservationStatus"), "EXPIRED");
}

TEST(ReservationStatus, HasTheContractsWords) {
  EXPECT_STREQ(name_of(Status::temporary_reserved), "TEMPORARY_RESERVED");
  EXPECT_STREQ(name_of(Status::confirmed), "CONFIRMED");
  EXPECT_STREQ(name_of(Status::canceled), "CANCELED");
  EXPECT_STREQ(name_of(Status::expired), "EXPIRED");
}

}  // namespace
}  // namespace boxoffice::booking
