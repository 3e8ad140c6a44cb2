// What is shown of concerts, sessions and seats: as of the moment it is asked.
#include "support/threads.h"

#include <algorithm>

using namespace boxoffice;
using namespace boxoffice::checks;
using seating::SeatStatus;

namespace {

class Seating : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue, 3);
  Person ann = enter(queue, 5000), bob = enter(queue, 5000);
  queue::Admission ann_inside = ann.admission();
  seating::Counts counts;

  std::vector<SeatStatus> statuses() {
    std::vector<SeatStatus> out;
    for (const auto& each : seating::load_seats(db, show.session.id)) out.push_back(each.status);
    return out;
  }
  std::int64_t available() {
    const auto all = statuses();
    return std::count(all.begin(), all.end(), SeatStatus::available);
  }
  std::vector<std::string> dates() {
    return seating::bookable_dates(db, counts, ann_inside, show.concert.id).value();
  }
  std::vector<seating::Showing> on_sale() {
    return seating::on_sale(db, ann_inside, show.concert.id).value();
  }
  std::int64_t counted() { return counts.free_seats(db, on_sale().at(0)); }
  Result<seating::Session> on(const std::string& date, const char* field) {
    TRY(const auto moment, seating::moment_of(date, field));
    TRY(const auto showing, seating::showing_on(db, ann_inside, show.concert.id, moment));
    return showing.session;
  }
  Instant local(const std::string& text) { return *parse_rfc3339(text + "+09:00"); }
  // The concert's sessions at these local times, one seat each, on sale from now on for ten years.
  void sessions_at(const std::vector<std::string>& times) {
    db.change("DELETE FROM seat WHERE session_id = ?", show.session.id);
    db.change("DELETE FROM session WHERE id = ?", show.session.id);
    db.change("UPDATE concert SET reservation_close_at = NOW(6) + INTERVAL 10 YEAR WHERE id = ?",
              show.concert.id);
    for (const auto& time : times) make_session(show.concert.id, local(time), 1, 1000);
  }

 private:
  bool zone_ = set_time_zone("Asia/Seoul");
};

TEST_F(Seating, ASeatIsFreeThenHeldThenSoldAndFreeAgain) {
  constexpr auto kFree = SeatStatus::available;
  EXPECT_EQ(statuses(), (std::vector{kFree, kFree, kFree}));
  const auto held = hold(ann, show, {2});
  EXPECT_EQ(statuses(), (std::vector{kFree, SeatStatus::temporary_reserved, kFree}));
  pay(ann, held->reservation).value();
  EXPECT_EQ(statuses(), (std::vector{kFree, SeatStatus::reserved, kFree}));
  cancel(ann, held->reservation).value();
  EXPECT_EQ(statuses(), (std::vector{kFree, kFree, kFree}));
}

TEST_F(Seating, AHoldThatRanOutIsShownAsFreeWithoutAnyJob) {
  const auto held = hold(ann, show, {2});
  set_clock({held->expires_at.micros - 1});
  EXPECT_EQ(statuses()[1], SeatStatus::temporary_reserved);
  EXPECT_EQ(available(), 2);
  EXPECT_EQ(counted(), 2);
  set_clock(held->expires_at);
  EXPECT_EQ(statuses()[1], SeatStatus::available);
  EXPECT_EQ(available(), 3);
  EXPECT_EQ(counted(), 3);
}

TEST_F(Seating, SessionsAreListedWhileTheirSaleIsOpenAlsoSoldOutOnes) {
  hold(bob, show, {1, 2, 3}).value();
  db.change("UPDATE visit SET ends_at = NOW(6) + INTERVAL 1 YEAR");  // she looks at it all the time
  ASSERT_EQ(on_sale().size(), 1U);
  EXPECT_EQ(counted(), 0);
  EXPECT_EQ(on_sale()[0].session.seats_in_all, 3);
  set_clock({show.concert.closes_at.micros - 1});
  EXPECT_EQ(on_sale().size(), 1U);
  set_clock(show.concert.closes_at);
  EXPECT_EQ(on_sale().size(), 0U);
  set_clock({show.concert.opens_at.micros - 1});
  EXPECT_EQ(on_sale().size(), 0U);
}

TEST_F(Seating, FreeSeatsAreCountedAnewWhenOneChangesOrAHoldRunsOut) {
  EXPECT_EQ(counted(), 3);
  const auto held = hold(bob, show, {1, 2});
  EXPECT_EQ(counted(), 1);
  pay(bob, held->reservation).value();
  EXPECT_EQ(counted(), 1);
  hold(ann, show, {3}).value();
  EXPECT_EQ(counted(), 0);
  EXPECT_TRUE(dates().empty());
  // The control: rows changed behind its back, without a version, are not noticed.
  db.change("UPDATE reservation SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE status = 'HELD'");
  db.change("UPDATE seat SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE state = 'HELD'");
  EXPECT_EQ(counted(), 0);
  booking::expire_batch(db, 10);
  EXPECT_EQ(counted(), 1);
  EXPECT_EQ(dates().size(), 1U);
}

TEST_F(Seating, ThatASeatIsFreeIsKnownWithoutCountingWhileTooFewChangesCouldHaveTakenThem) {
  Show big = make_show(queue, 120);
  seating::Counts known;
  const auto rows = [&] {
    return number("SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.session_status "
                  "WHERE VARIABLE_NAME = 'Handler_read_next'");
  };
  const auto reads = [&] {
    const auto showing = seating::on_sale(db, ann_inside, big.concert.id).value().at(0);
    const auto before = rows();
    EXPECT_TRUE(known.any_free(db, showing));
    return rows() - before;
  };
  EXPECT_GE(reads(), 119);
  for (const std::int64_t number : {1, 2}) {
    hold(ann, big, {number}).value();
    EXPECT_LT(reads(), 20);
  }
  hold(bob, big, {3}).value();  // after a third change all 120 might be gone
  EXPECT_GE(reads(), 119);
}

TEST_F(Seating, BookableDatesAreLocalDaysAscendingOnceEach) {
  sessions_at({"2030-12-25T00:30", "2030-12-24T14:00", "2030-12-24T19:00", "2031-01-01T08:59"});
  EXPECT_EQ(dates(),
            (std::vector<std::string>{"2030-12-24", "2030-12-25", "2031-01-01"}));
}

TEST_F(Seating, ADateIsBookableWhileASeatOfItCanBeHad) {
  sessions_at({"2030-12-24T19:00"});
  const Show one{show.concert, *on("2030-12-24", "date")};
  const auto held = hold(ann, one, {1});
  EXPECT_TRUE(dates().empty());
  set_clock(held->expires_at);
  EXPECT_EQ(dates().size(), 1U);
}

TEST_F(Seating, ADateMeansItsOnlySession) {
  sessions_at({"2030-12-24T00:00", "2030-12-25T23:59"});
  for (const char* date : {"2030-12-24", "2030-12-24T00:00"}) {
    EXPECT_EQ(on(date, "date")->starts_at,
              local("2030-12-24T00:00")) << date;
  }
  EXPECT_EQ(on("2030-12-25", "date")->starts_at,
            local("2030-12-25T23:59"));
  for (const char* none : {"2030-12-26", "2030-12-23", "2030-12-24T00:01"}) {
    EXPECT_EQ(outcome(on(none, "date")), "SESSION_NOT_FOUND");
  }
  const auto bad = on("2030-02-30", "concertAt");
  EXPECT_EQ(fact<std::string>(bad.error(), "field"), "concertAt");
}

TEST_F(Seating, ADateWithTwoSessionsIsAmbiguousUntilOneHasBegun) {
  sessions_at({"2030-12-24T14:00", "2030-12-24T19:00"});
  db.change("UPDATE visit SET ends_at = NOW(6) + INTERVAL 10 YEAR WHERE queue_id = ?", queue);
  const auto both = on("2030-12-24", "date");
  ASSERT_EQ(outcome(both), "AMBIGUOUS_DATE");
  EXPECT_EQ(fact<std::vector<std::string>>(both.error(), "times"),
            (std::vector<std::string>{"2030-12-24T14:00", "2030-12-24T19:00"}));
  EXPECT_EQ(on("2030-12-24T14:00", "date")->starts_at,
            local("2030-12-24T14:00"));
  set_clock(local("2030-12-24T14:00"));
  EXPECT_EQ(on("2030-12-24", "date")->starts_at,
            local("2030-12-24T19:00"));
}

TEST_F(Seating, ASessionBelongsToItsConcert) {
  const Show other = make_show(queue);
  EXPECT_EQ(outcome(seating::showing_on(db, ann_inside, show.concert.id, show.session.id)), "ok");
  EXPECT_EQ(outcome(seating::showing_on(db, ann_inside, other.concert.id, show.session.id)),
            "SESSION_NOT_FOUND");
  EXPECT_EQ(outcome(seating::showing_on(db, ann_inside, show.concert.id, SessionId{999'999})),
            "SESSION_NOT_FOUND");
  EXPECT_EQ(outcome(seating::concert_behind(db, ann_inside, {999'999})), "CONCERT_NOT_FOUND");
}

TEST_F(Seating, ConcertsAreReadInPages) {
  const Show second = make_show(queue), third = make_show(queue);
  const auto page = seating::load_concerts(db, {0}, 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[1].id, second.concert.id);
  const auto rest = seating::load_concerts(db, page[1].id, 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].id, third.concert.id);
}

TEST_F(Seating, ReservationsOfAUserAreReadInPagesNewestFirst) {
  std::vector<ReservationId> made;
  for (const int each : {1, 2, 3}) made.push_back(hold(ann, show, {each})->reservation);
  const auto page = booking::load_of_user(db, ann.user, INT64_MAX, 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].record.id, made[2]);
  EXPECT_EQ(page[0].concert_name, "A concert");
  EXPECT_EQ(booking::load_of_user(db, ann.user, made[1].value, 2).size(), 1U);
  EXPECT_TRUE(booking::load_of_user(db, bob.user, INT64_MAX, 2).empty());
  EXPECT_EQ(outcome(booking::find(db, made[0], bob.user)), "NOT_YOURS");
  EXPECT_EQ(outcome(booking::find(db, {made[2].value + 99}, bob.user)), "RESERVATION_NOT_FOUND");
}

}  // namespace
