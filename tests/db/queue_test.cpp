// The line on a real database: fair numbers, admission strictly by number, limits that bind.
#include <algorithm>

#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Line : public World {
 protected:
  std::vector<Person> join_many(QueueId queue, int count) {
    std::vector<Person> people;
    for (int i = 0; i < count; ++i) people.push_back(join(queue));
    return people;
  }
  std::int64_t inside(QueueId queue) {
    return number("SELECT COUNT(*) FROM visit WHERE queue_id = ?", queue);
  }
  std::string states(const std::vector<Person>& people) {
    std::string out;
    for (const auto& person : people) out += ticket_state(person.place)[0];
    return out;
  }
  queue::View view(const Person& person) {
    queue::Watch watch(0);
    return queue::status(db, watch, person.claims).value();
  }
  std::string entering(const Person& person) { return outcome(queue::enter(db, person.claims)); }
  std::string leaving(const Person& person) {
    return outcome(db::transact(db, [&](db::Tx& tx) {
      return queue::leave_line(tx, person.claims);
    }));
  }
};

TEST_F(Line, GivesNumbersInTheOrderOfAskingFromOne) {
  const auto people = join_many(make_queue(), 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(people[static_cast<std::size_t>(i)].place.number.value, i + 1);
    EXPECT_EQ(view(people[static_cast<std::size_t>(i)]).status, queue::Status::activated);
  }
}

TEST_F(Line, AnsweredBeforeAskedMeansALowerNumberWhoeverServes) {
  const auto queue = make_queue(0);
  std::vector<std::unique_ptr<db::Connection>> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(std::make_unique<db::Connection>(access()));
  std::int64_t last = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const auto number = join(*workers[i % 4], queue, make_user()).place.number.value;
    EXPECT_GT(number, last);
    last = number;
  }
}

TEST_F(Line, HasOnePlaceForAUserHoweverManyAsk) {
  const auto queue = make_queue(0);
  const auto user = make_user();
  const auto answers = at_once(32, [&](db::Connection& connection, int) {
    const auto person = join(connection, queue, user);
    return std::to_string(person.place.number.value) + person.claims.id;
  });
  EXPECT_EQ(answers.size(), 32U);
  EXPECT_EQ(count_of(answers, answers.front()), 32);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ticket WHERE queue_id = ?", queue), 1);
}

TEST_F(Line, ManyUsersAtOnceGetDifferentNumbers) {
  const auto queue = make_queue(0);
  std::vector<UserId> users;
  for (int i = 0; i < 32; ++i) users.push_back(make_user());
  auto numbers = at_once(32, [&](db::Connection& connection, int i) {
    return join(connection, queue, users[static_cast<std::size_t>(i)]).place.number.value;
  });
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers.size(), 32U);
}

TEST_F(Line, OfAnotherQueueIsAnotherPlace) {
  const auto one = make_queue(), two = make_queue();
  const auto user = make_user();
  EXPECT_EQ(join(db, one, user).place.queue, one);
  EXPECT_EQ(join(db, two, user).place.queue, two);
}

TEST_F(Line, GivesTheSameTokenUntilItRunsOutAndThenANewOneForTheSamePlace) {
  const auto queue = make_queue(0);
  const auto first = join(queue);
  EXPECT_EQ(join(db, queue, first.user).claims.id, first.claims.id);
  set_clock(now().plus_seconds(kTokenSeconds + 1));
  const auto renewed = join(db, queue, first.user);
  EXPECT_EQ(renewed.place.number, first.place.number);
  EXPECT_NE(renewed.claims.id, first.claims.id);
  EXPECT_GT(renewed.claims.expires_s, first.claims.expires_s);
  EXPECT_EQ(renewed.claims.issued_s, first.claims.issued_s);  // still since when they wait
  EXPECT_EQ(entering(first), "TOKEN_INVALID");
  EXPECT_EQ(leaving(first), "TOKEN_INVALID");
}

TEST_F(Line, KnowsNoPlaceThatItDidNotGive) {
  const auto person = join(make_queue());
  auto claims = person.claims;
  claims.ticket->number.value += 1;
  EXPECT_EQ(outcome(queue::enter(db, claims)), "TOKEN_INVALID");
  claims.ticket = TicketKey{{999'999}, {1}};
  queue::Watch watch(0);
  EXPECT_EQ(outcome(queue::status(db, watch, claims)), "TOKEN_INVALID");
}

// ---- admission

TEST_F(Line, AdmitsAPrefixUpToTheCapacityAndNotOneMore) {
  const auto queue = make_queue(3);
  const auto people = join_many(queue, 6);
  const auto done = queue::advance(db, queue);
  EXPECT_TRUE(done.ran);
  EXPECT_EQ(done.admitted, 3);
  EXPECT_EQ(states(people), "AAAWWW");
  EXPECT_EQ(queue::advance(db, queue).admitted, 0);
  EXPECT_EQ(view(people[3]).waiting_number, 1);
  EXPECT_EQ(view(people[5]).waiting_number, 3);
  EXPECT_EQ(view(people[0]).waiting_number, 0);
}

TEST_F(Line, SixteenAdvancersFillTheCapacityExactly) {
  const auto queue = make_queue(25);
  const auto people = join_many(queue, 60);
  const auto admitted = at_once(16, [&](db::Connection& connection, int) {
    std::int64_t total = 0;
    for (int i = 0; i < 10; ++i) total += queue::advance(connection, queue).admitted;
    return total;
  });
  std::int64_t total = 0;
  for (const auto each : admitted) total += each;
  EXPECT_EQ(total, 25);
  EXPECT_EQ(inside(queue), 25);
  EXPECT_EQ(states(people), std::string(25, 'A') + std::string(35, 'W'));
}

TEST_F(Line, StaysAPrefixWhilePeopleComeAndGoAndPollAtOnce) {
  const auto queue = make_queue(5);
  const auto people = join_many(queue, 40);
  at_once(8, [&](db::Connection& connection, int i) {
    queue::Watch watch(0);
    for (std::size_t k = static_cast<std::size_t>(i); k < 40; k += 8) {
      (void)queue::status(connection, watch, people[k].claims);
      if (k % 3 == 0) {
        (void)db::transact(connection, [&](db::Tx& tx) {
          return queue::leave_line(tx, people[k].claims);
        });
      }
      queue::try_advance(connection, queue);
      constexpr auto kInside = "SELECT COUNT(*) FROM visit WHERE queue_id = ?";
      EXPECT_LE(connection.row(kInside, queue)->integer(0), 5);
    }
    return 0;
  });
  queue::advance(db, queue);
  std::string waiting_or_in;
  for (const char state : states(people)) {
    if (state == 'A' || state == 'W') waiting_or_in += state;
  }
  EXPECT_EQ(waiting_or_in.find("WA"), std::string::npos) << waiting_or_in;
  EXPECT_EQ(count_of(std::vector<char>(waiting_or_in.begin(), waiting_or_in.end()), 'A'), 5);
}

TEST_F(Line, ALowerNumberThatCommitsLateIsNext) {
  const auto queue = make_queue(1);
  const auto slow_user = make_user();
  db::Connection slow(access());
  db::Attempt late(slow);
  const auto ticket = queue::take_place(late.tx(), {queue, slow_user, token::new_uuid(), 60});
  const auto second = join(queue), third = join(queue);
  ASSERT_EQ(ticket->key.number.value, 1);
  // Nobody waits for a commit that may never come: the next one there is admitted.
  EXPECT_EQ(queue::advance(db, queue).admitted, 1);
  EXPECT_EQ(ticket_state(second.place), "ADMITTED");
  late.commit();
  const Person first{slow_user, ticket->key, queue::claims_of(*ticket, "u")};
  EXPECT_EQ(view(first).waiting_number, 1);
  db.change("UPDATE queue SET capacity = 2 WHERE id = ?", queue);
  EXPECT_EQ(queue::advance(db, queue).admitted, 1);
  EXPECT_EQ(ticket_state(first.place), "ADMITTED");
  EXPECT_EQ(ticket_state(third.place), "WAITING");
}

TEST_F(Line, AnAdvanceUnderWayIsNotWaitedFor) {
  const auto queue = make_queue(1);
  join(queue);
  db::Connection other(access());
  db::Attempt busy(other);
  queue::lock(busy.tx(), queue);
  EXPECT_FALSE(queue::advance(db, queue).ran);
  busy.rollback();
  EXPECT_TRUE(queue::advance(db, queue).ran);
}

TEST_F(Line, AnAdvanceDoesNotWaitForWhoIsInsideAndBusy) {
  const auto queue = make_queue(50, 100);
  const auto people = join_many(queue, 60);
  queue::advance(db, queue);
  for (std::size_t i = 10; i < 50; ++i) entering(people[i]);
  const auto admitted = *queue::load_place(db, people[0].place)->ticket.admitted_at;
  db::Connection other(access());
  db::Attempt holding(other);
  for (std::size_t i = 10; i < 50; ++i) queue::lock_visit(holding.tx(), people[i].place);
  // The first ten did not claim their visits in time; the others hold seats at this very moment.
  set_clock(admitted.plus_seconds(100));
  const auto waited = lock_waits(other);
  const auto done = queue::advance(db, queue);
  EXPECT_EQ(lock_waits(other), waited);
  EXPECT_EQ(done.ended, 10);
  EXPECT_EQ(done.admitted, 10);
}

TEST_F(Line, ThatCannotMoveKeepsNoOtherBack) {
  const auto stuck = make_queue(1, 100), free = make_queue(1);
  const Person ann = join(stuck), bob = join(free);
  queue::advance(db, stuck);
  set_clock(queue::load_visit_end(db, ann.place)->plus_seconds(1));
  db::Connection other(access());
  db::Attempt busy(other);
  queue::lock_visit(busy.tx(), ann.place);
  db.command("SET SESSION innodb_lock_wait_timeout = 0");
  EXPECT_THROW(queue::advance_all(db), db::Fault);
  EXPECT_EQ(states({ann, bob}), "AA");
}

TEST_F(Line, PausedLetsNobodyInAndGoesOnWhereItStopped) {
  const auto queue = make_queue(2);
  const auto people = join_many(queue, 3);
  db.change("UPDATE queue SET paused = 1 WHERE id = ?", queue);
  EXPECT_EQ(queue::advance(db, queue).admitted, 0);
  EXPECT_EQ(view(people[0]).status, queue::Status::waiting);
  db.change("UPDATE queue SET paused = 0 WHERE id = ?", queue);
  EXPECT_EQ(view(people[0]).status, queue::Status::activated);
}

TEST_F(Line, ALoweredCapacityLetsTheInsideFinishAndBindsTheRest) {
  const auto queue = make_queue(4);
  const auto people = join_many(queue, 6);
  queue::advance(db, queue);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(entering(people[static_cast<std::size_t>(i)]), "ok");
  db.change("UPDATE queue SET capacity = 2, capacity_set_at = NOW(6) WHERE id = ?", queue);
  leaving(people[0]);
  leaving(people[1]);
  EXPECT_EQ(queue::advance(db, queue).admitted, 0);
  EXPECT_EQ(entering(people[3]), "ok");
  leaving(people[2]);
  EXPECT_EQ(queue::advance(db, queue).admitted, 1);
  EXPECT_EQ(states(people), "LLLAAW");
}

// The control: an admission out of turn is noticed by the audit that follows every test.
TEST_F(Line, AnAdmissionOutOfTurnWouldBeNoticed) {
  const auto queue = make_queue(1);
  const auto people = join_many(queue, 2);
  db.change("UPDATE ticket SET joined_at = joined_at - INTERVAL 10 SECOND WHERE queue_id = ?",
            queue);
  db.change("UPDATE ticket SET state = 'ADMITTED', admitted_at = NOW(6) WHERE queue_id = ? "
            "AND number = 2", queue);
  db.change("INSERT INTO visit (queue_id, number, user_id, admitted_at, ends_at) SELECT queue_id, "
            "number, user_id, NOW(6), NOW(6) FROM ticket WHERE queue_id = ? AND number = 2", queue);
  const auto names = broken();
  EXPECT_NE(names.find("line_prefix"), std::string::npos) << names;
  EXPECT_NE(names.find("queue_inside"), std::string::npos) << names;
  db.change("DELETE FROM visit WHERE queue_id = ?", queue);
  db.change("DELETE FROM ticket WHERE queue_id = ?", queue);
}

// ---- visits

class Visit : public Line {
 protected:
  QueueId queue = make_queue(1, 100, 600);
  Person ann = join(queue), bob = join(queue);
  queue::Advance first = queue::advance(db, queue);
  Instant admitted = *queue::load_place(db, ann.place)->ticket.admitted_at;
};

TEST_F(Visit, MustBeClaimedBeforeTheClaimLimit) {
  EXPECT_EQ(queue::load_visit_end(db, ann.place), admitted.plus_seconds(100));
  set_clock(admitted.plus_seconds(100));
  EXPECT_EQ(entering(ann), "PLACE_EXPIRED");
  EXPECT_EQ(view(ann).status, queue::Status::expired);
  EXPECT_EQ(entering(bob), "ok");  // her poll made room
}

TEST_F(Visit, OnceClaimedLastsItsWholeTimeFromTheAdmission) {
  set_clock({admitted.plus_seconds(100).micros - 1});
  EXPECT_EQ(entering(ann), "ok");
  EXPECT_EQ(queue::load_visit_end(db, ann.place), admitted.plus_seconds(600));
  EXPECT_EQ(view(ann).expires_at, admitted.plus_seconds(600));
  EXPECT_EQ(entering(ann), "ok");
  set_clock({admitted.plus_seconds(600).micros - 1});
  EXPECT_EQ(entering(ann), "ok");
  EXPECT_EQ(entering(bob), "NOT_ADMITTED");
  set_clock(admitted.plus_seconds(600));
  EXPECT_EQ(entering(ann), "PLACE_EXPIRED");
}

TEST_F(Visit, ThatEndsMakesRoomForTheNext) {
  set_clock(admitted.plus_seconds(100));
  const auto done = queue::advance(db, queue);
  EXPECT_EQ(done.ended, 1);
  EXPECT_EQ(done.admitted, 1);
  EXPECT_EQ(states({ann, bob}), "EA");
  EXPECT_EQ(inside(queue), 1);
}

TEST_F(Visit, ThatEndedIsFollowedByANewPlaceAtTheEndOfTheLine) {
  const auto cat = join(queue);
  set_clock(admitted.plus_seconds(100));
  const auto again = join(db, queue, ann.user);
  EXPECT_GT(again.place.number, cat.place.number);
  EXPECT_EQ(ticket_state(ann.place), "EXPIRED");
}

TEST_F(Visit, WhoIsInsideFindsTheSamePlaceAgain) {
  EXPECT_EQ(join(db, queue, ann.user).place.number, ann.place.number);
}

TEST_F(Visit, WhoWaitsIsToldTheirNumber) {
  const auto refused = queue::enter(db, bob.claims);
  ASSERT_EQ(outcome(refused), "NOT_ADMITTED");
  EXPECT_EQ(fact<std::int64_t>(refused.error(), "waitingNumber"), 1);
}

TEST_F(Visit, ThatIsLeftMakesRoomAndCannotBeUsedAgain) {
  EXPECT_EQ(entering(ann), "ok");
  EXPECT_EQ(leaving(ann), "ok");
  EXPECT_EQ(entering(ann), "PLACE_EXPIRED");
  EXPECT_EQ(view(ann).status, queue::Status::expired);
  EXPECT_EQ(leaving(ann), "ok");  // giving up twice changes nothing
  queue::advance(db, queue);
  EXPECT_EQ(states({ann, bob}), "LA");
}

TEST_F(Visit, ThatRanOutBeforeItWasLeftEndedThen) {
  set_clock(admitted.plus_seconds(150));
  EXPECT_EQ(leaving(ann), "ok");
  EXPECT_EQ(queue::load_visit_end(db, ann.place), admitted.plus_seconds(100));
}

TEST_F(Visit, NobodyIsLetInWhileSomebodyIsLeaving) {
  leaving(ann);
  db::Connection other(access());
  db::Attempt leave(other);
  queue::leave_line(leave.tx(), bob.claims).value();
  EXPECT_FALSE(queue::advance(db, queue).ran);
  leave.commit();
  EXPECT_EQ(queue::advance(db, queue).admitted, 0);
}

TEST_F(Visit, ThatIsPaidIsCompletedAndStaysSo) {
  const Show show = make_show(queue);
  EXPECT_EQ(entering(ann), "ok");
  give(ann.user, 1000);
  const auto held = hold(ann, show, {1});
  pay(ann, held->reservation).value();
  EXPECT_EQ(leaving(ann), "ok");
  EXPECT_EQ(view(ann).status, queue::Status::completed);
  EXPECT_EQ(entering(ann), "PLACE_EXPIRED");
}

// A claim that began before the place was given up must not bring the visit back to life: it
// waited for the row with a clock that stood still.
TEST_F(Visit, ThatIsBeingLeftCannotBeClaimedMeanwhile) {
  db::Attempt leave(db);
  queue::lock_visit(leave.tx(), ann.place);
  db::Connection other(access());
  std::string answer;
  {
    const std::jthread claiming([&] { answer = outcome(queue::enter(other, ann.claims)); });
    db::Connection observer(access());
    EXPECT_TRUE(eventually([&] { return somebody_waits(observer); }));
    queue::leave_line(leave.tx(), ann.claims).value();
    leave.commit();
  }
  EXPECT_EQ(answer, "PLACE_EXPIRED");
  EXPECT_LE(*queue::load_visit_end(db, ann.place), now());
}

TEST_F(Visit, ClaimedBySixteenRequestsAtOnceIsOneVisit) {
  const auto answers = at_once(16, [&](db::Connection& connection, int) {
    return outcome(queue::enter(connection, ann.claims));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 16);
  EXPECT_EQ(queue::load_visit_end(db, ann.place), admitted.plus_seconds(600));
}

}  // namespace
