// Polls and progress: what waiting costs, and how old an answer may be.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

db::Access nowhere() {
  db::Access away = access();
  away.socket = "/nonexistent/db.sock";
  return away;
}

class Watching : public World {
 protected:
  static constexpr std::int64_t kForLong = 60'000;
  QueueId queue = make_queue(2);
  std::vector<Person> people;
  queue::Watch watch{kForLong};
  db::Connection away{nowhere()};

  Watching() {
    for (int i = 0; i < 10; ++i) people.push_back(join(queue));
    queue::advance(db, queue);  // 1 and 2 are in; 3 is next
  }
  Result<queue::View> poll(db::Connection& connection, int number) {
    return queue::status(connection, watch, people[static_cast<std::size_t>(number - 1)].claims);
  }
  void leave(int number) {
    db::transact(db, [&](db::Tx& tx) {
      return queue::leave_line(tx, people[static_cast<std::size_t>(number - 1)].claims);
    }).value();
  }
};

TEST_F(Watching, WhoWaitsFarBackIsAnsweredWithoutTheDatabase) {
  poll(db, 10).value();
  const auto view = poll(away, 9);
  ASSERT_EQ(outcome(view), "ok");
  EXPECT_EQ(view->status, queue::Status::waiting);
  EXPECT_EQ(view->waiting_number, 7);
  EXPECT_EQ(view->joined_at.seconds(), people[8].claims.issued_s);
  EXPECT_GT(view->expected.at, now());
  EXPECT_FALSE(view->expires_at);
  EXPECT_FALSE(away.connected());
}

TEST_F(Watching, WhoMayHaveBeenCalledIsAlwaysAskedOfTheDatabase) {
  poll(db, 10).value();
  for (const int near : {1, 2, 3, 4}) {  // up to a capacity beyond the last that was called
    EXPECT_THROW((void)poll(away, near), db::Fault) << near;
    EXPECT_EQ(outcome(poll(db, near)), "ok");
  }
  EXPECT_EQ(outcome(poll(away, 5)), "ok");
}

TEST_F(Watching, TheAnswerFromMemoryIsTheDatabasesAnswer) {
  poll(db, 10).value();
  for (int i = 5; i <= 10; ++i) {
    queue::Watch fresh(0);
    const auto asked = queue::status(db, fresh, people[static_cast<std::size_t>(i - 1)].claims);
    const auto told = poll(away, i);
    EXPECT_EQ(told->waiting_number, asked->waiting_number);
    EXPECT_EQ(told->status, asked->status);
    EXPECT_EQ(told->key.id(), asked->key.id());
    EXPECT_LE(std::abs(told->poll_after_ms - asked->poll_after_ms), 500);
  }
}

TEST_F(Watching, AFirstLookNeedsTheDatabase) { EXPECT_THROW((void)poll(away, 10), db::Fault); }

TEST_F(Watching, ALookThatIsTooOldIsTakenAgain) {
  queue::Watch at_once(0);
  (void)queue::status(db, at_once, people[9].claims).value();
  EXPECT_THROW((void)queue::status(away, at_once, people[9].claims), db::Fault);
}

TEST_F(Watching, WhoGaveUpIsSeenWithTheNextLook) {
  poll(db, 10).value();
  leave(9);
  EXPECT_EQ(poll(db, 9)->status, queue::Status::waiting);  // the look is from before
  watch.expire(queue);
  EXPECT_EQ(poll(db, 9)->status, queue::Status::expired);
  leave(7);
  leave(8);
  watch.expire(queue);
  for (const int gone : {7, 8, 9}) EXPECT_EQ(poll(db, gone)->status, queue::Status::expired);
  EXPECT_EQ(outcome(poll(away, 10)), "ok");
}

TEST_F(Watching, AnotherWorkerThatLooksLaterKnowsAllWhoGaveUp) {
  leave(6);
  leave(9);
  queue::Watch another(kForLong);
  EXPECT_EQ(queue::status(db, another, people[8].claims)->status, queue::Status::expired);
  EXPECT_EQ(queue::status(db, another, people[5].claims)->status, queue::Status::expired);
  EXPECT_EQ(queue::status(db, another, people[7].claims)->status, queue::Status::waiting);
}

TEST_F(Watching, NumbersGivenUpAreForgottenOnceTheLineHasPassedThem) {
  for (const int gone : {3, 4, 9}) leave(gone);
  EXPECT_EQ(number("SELECT COUNT(*) FROM departure WHERE queue_id = ?", queue), 3);
  leave(1);  // makes room: 5 is called, and 3 and 4 are behind us
  queue::advance(db, queue);
  EXPECT_EQ(ticket_state(people[4].place), "ADMITTED");
  EXPECT_EQ(queue::load_snapshot(db, queue)->served.value, 5);
  EXPECT_EQ(queue::forget_departures(db, queue, 2), 2);
  EXPECT_EQ(queue::forget_departures(db, queue, 2), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM departure WHERE queue_id = ?", queue), 1);
  queue::Watch late(kForLong);
  EXPECT_EQ(queue::status(db, late, people[8].claims)->status, queue::Status::expired);
}

TEST_F(Watching, ALineThatHasTheNumberOfOneThatIsGoneIsSeenAnew) {
  for (const int gone : {6, 7, 8}) leave(gone);
  poll(db, 10).value();
  db.change("DELETE FROM departure WHERE queue_id = ?", queue);
  db.change("UPDATE queue SET departures = 0 WHERE id = ?", queue);
  leave(9);
  watch.expire(queue);
  EXPECT_EQ(poll(db, 9)->status, queue::Status::expired);
}

TEST_F(Watching, WhoPollsMakesTheLineMove) {
  leave(1);
  EXPECT_EQ(poll(db, 10)->waiting_number, 7);
  EXPECT_EQ(ticket_state(people[2].place), "ADMITTED");
}

TEST_F(Watching, GapsInTheNumbersDoNotCountAsPeopleAhead) {
  // Seven numbers that were drawn and never used.
  const auto draw = "SELECT NEXTVAL(ticket_number_" + std::to_string(queue.value) + ")";
  for (int i = 0; i < 7; ++i) number(draw);
  for (int i = 3; i <= 10; ++i) leave(i);
  const auto next = join(queue);
  EXPECT_EQ(next.place.number.value, 18);
  leave(1);
  leave(2);
  queue::advance(db, queue);
  EXPECT_EQ(ticket_state(next.place), "ADMITTED");
  EXPECT_EQ(queue::load_snapshot(db, queue)->served.value, 18);
}

TEST_F(Watching, WhoIsNextIsNumberOneThoughNumbersBeforeThemWereGivenUp) {
  for (int i = 4; i <= 8; ++i) leave(i);
  leave(1);
  queue::advance(db, queue);  // 3 is in; 4 to 8 are nobody
  EXPECT_EQ(queue::load_snapshot(db, queue)->served.value, 8);
  EXPECT_EQ(poll(db, 9)->waiting_number, 1);
  EXPECT_EQ(poll(db, 10)->waiting_number, 2);
}

TEST_F(Watching, ProgressSaysHowFarTheLineIs) {
  const auto progress = queue::progress(db, queue);
  EXPECT_EQ(progress->served.value, 2);
  EXPECT_EQ(progress->last.value, 10);
  EXPECT_FALSE(progress->admitted_per_minute);
  EXPECT_EQ(outcome(queue::progress(db, {999'999})), "CONCERT_NOT_FOUND");
}

TEST_F(Watching, TheRateIsMeasuredFromAdmissionsAfterTheFirst) {
  const auto start = now();
  for (int second = 1; second <= 8; ++second) {
    set_clock(start.plus_seconds(second * 10));
    leave(second);
    queue::advance(db, queue);
  }
  const auto progress = queue::progress(db, queue);
  ASSERT_TRUE(progress->admitted_per_minute);
  EXPECT_NEAR(*progress->admitted_per_minute, 6, 1);  // one in ten seconds
  const auto newcomer = join(queue);
  EXPECT_TRUE(queue::status(db, watch, newcomer.claims)->expected.measured);
}

TEST_F(Watching, AConcertNamesItsQueue) {
  const Show show = make_show(queue);
  EXPECT_EQ(*queue::queue_for(db, show.concert.id), queue);
  EXPECT_EQ(*queue::queue_for(db, std::nullopt), queue::kDefaultQueue);
  EXPECT_EQ(outcome(queue::queue_for(db, ConcertId{999'999})), "CONCERT_NOT_FOUND");
  const auto other = make_queue();
  auto here = enter(other).admission();
  EXPECT_EQ(outcome(seating::concert_behind(db, here, make_show(other).concert.id)), "ok");
  EXPECT_EQ(outcome(seating::concert_behind(db, here, show.concert.id)), "NOT_ADMITTED");
}

}  // namespace
