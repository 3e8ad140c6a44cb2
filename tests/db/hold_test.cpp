// Holding seats on a real database: all or none, once, within the cap, until the last instant.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class HoldSeats : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue);
  Person ann = enter(queue), bob = enter(queue);
};

TEST_F(HoldSeats, HoldsAllOfThemUntilTheDeadlineAtTheServersPrice) {
  const auto held = hold(ann, show, {3, 1, 2});
  ASSERT_EQ(outcome(held), "ok");
  EXPECT_EQ(held->total, Won{3000});
  EXPECT_EQ(held->expires_at, held->now.plus_seconds(300));
  for (const int each : {1, 2, 3}) EXPECT_EQ(seat(show, each), held_by(held->reservation));
  EXPECT_EQ(seat(show, 4), "FREE -");
  const auto found = booking::find(db, held->reservation, ann.user);
  EXPECT_EQ(found->status, booking::Status::temporary_reserved);
  EXPECT_EQ(found->seats.size(), 3U);
  EXPECT_EQ(found->record.total, Won{3000});
}

TEST_F(HoldSeats, GivesNothingWhenOneSeatIsTakenAndNamesExactlyThose) {
  const auto first = hold(ann, show, {2, 4});
  const auto before = fingerprint(bob.user);
  const auto second = hold(bob, show, {1, 2, 3, 4, 5});
  ASSERT_EQ(outcome(second), "SEAT_TAKEN");
  EXPECT_EQ(fact<std::vector<std::int64_t>>(second.error(), "numbers"),
            (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(fact<std::vector<std::int64_t>>(second.error(), "seats"),
            (std::vector<std::int64_t>{SeatKey{show.session.id, {2}}.id(),
                                       SeatKey{show.session.id, {4}}.id()}));
  for (const int free : {1, 3, 5}) EXPECT_EQ(seat(show, free), "FREE -");
  EXPECT_EQ(fingerprint(bob.user), before);
}

TEST_F(HoldSeats, RefusesSeatsThatDoNotExistAndSeatsNamedTwice) {
  const auto before = fingerprint(ann.user);
  const auto missing = hold(ann, show, {1, 11});
  EXPECT_EQ(outcome(missing), "SEAT_NOT_FOUND");
  EXPECT_EQ(fact<std::int64_t>(missing.error(), "number"), 11);
  EXPECT_EQ(outcome(hold(ann, show, {1, 1})), "DUPLICATE_SEAT");
  std::vector<std::int64_t> far_off;
  for (std::int64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(outcome(hold(ann, show, {INT64_MAX - i})), "SEAT_NOT_FOUND");
    far_off.push_back(INT64_MAX - i);
  }
  EXPECT_EQ(outcome(hold(db, ann, show, far_off, {50, 300})), "SEAT_NOT_FOUND");
  EXPECT_EQ(fingerprint(ann.user), before);
}

TEST_F(HoldSeats, ALapsedHoldIsTakenOverExactlyAtItsLastInstant) {
  const auto old = hold(ann, show, {1, 2});
  set_clock({old->expires_at.micros - 1});
  EXPECT_EQ(outcome(hold(bob, show, {2, 3})), "SEAT_TAKEN");
  set_clock(old->expires_at);
  const auto taken = hold(bob, show, {2, 3});
  ASSERT_EQ(outcome(taken), "ok");
  EXPECT_EQ(seat(show, 2), held_by(taken->reservation));
  EXPECT_EQ(shown(old->reservation), "EXPIRED");
}

TEST_F(HoldSeats, WhoseSeatsWereTakenOverCanNeitherPayNorCancelNorFreeThem) {
  const auto old = hold(ann, show, {1, 2});
  give(ann.user, 10'000);
  set_clock(old->expires_at);
  const auto taken = hold(bob, show, {1, 2});
  const auto before = fingerprint(ann.user);
  EXPECT_EQ(outcome(pay(ann, old->reservation)), "HOLD_EXPIRED");
  EXPECT_EQ(outcome(cancel(ann, old->reservation)), "NOT_CANCELLABLE");
  EXPECT_EQ(fingerprint(ann.user), before);
  while (booking::expire_batch(db, 200) > 0) {
  }
  EXPECT_EQ(shown(old->reservation), "EXPIRED");
  for (const int each : {1, 2}) EXPECT_EQ(seat(show, each), held_by(taken->reservation));
}

TEST_F(HoldSeats, ExtendsTheVisitSoThatThereIsTimeToPay) {
  // Ten seconds before the visit ends, a hold of five minutes begins.
  const auto ends = *queue::load_visit_end(db, ann.place);
  set_clock(ends.plus_seconds(-10));
  const auto held = hold(ann, show, {1});
  EXPECT_EQ(queue::load_visit_end(db, ann.place), held->expires_at);
  give(ann.user, 1000);
  set_clock({held->expires_at.micros - 1});
  EXPECT_EQ(outcome(pay(ann, held->reservation)), "ok");
}

TEST_F(HoldSeats, NeverShortensTheVisit) {
  const auto ends = queue::load_visit_end(db, ann.place);
  hold(ann, show, {1}).value();
  EXPECT_EQ(queue::load_visit_end(db, ann.place), ends);
}

TEST_F(HoldSeats, IsRefusedOnceTheVisitIsOver) {
  const auto ends = *queue::load_visit_end(db, ann.place);
  set_clock(ends);
  EXPECT_EQ(outcome(hold(ann, show, {1})), "NOT_ADMITTED");
  set_clock({ends.micros - 1});
  EXPECT_EQ(outcome(hold(ann, show, {1})), "ok");
}

TEST_F(HoldSeats, IsForThoseOnlyWhoAreInside) {
  const Person outside = join(queue);
  const auto before = fingerprint(outside.user);
  EXPECT_EQ(outcome(hold(outside, show, {1})), "NOT_ADMITTED");
  EXPECT_EQ(fingerprint(outside.user), before);
}

// A token's id may be longer than any of ours: then it is another one, and no fault.
TEST_F(HoldSeats, IsRefusedToAnotherTokenOfTheSamePlace) {
  Person other = ann;
  for (const auto& id : {token::new_uuid(), std::string(128, 'x')}) {
    other.claims.id = id;
    EXPECT_EQ(outcome(hold(other, show, {1})), "NOT_ADMITTED") << id;
  }
}

TEST_F(HoldSeats, KeepsToTheSaleWindowToTheMicrosecond) {
  const auto visit_ends = now().plus_seconds(30 * 86'400);
  db.change("UPDATE visit SET ends_at = ? WHERE queue_id = ?", visit_ends, queue);
  set_clock({show.concert.opens_at.micros - 1});
  EXPECT_EQ(outcome(hold(ann, show, {1})), "SALE_NOT_OPEN");
  set_clock(show.concert.opens_at);
  EXPECT_EQ(outcome(hold(ann, show, {1})), "ok");
  set_clock({show.concert.closes_at.micros - 1});
  EXPECT_EQ(outcome(hold(ann, show, {2})), "ok");
  set_clock(show.concert.closes_at);
  EXPECT_EQ(outcome(hold(ann, show, {3})), "SALE_NOT_OPEN");
}

TEST_F(HoldSeats, CountsLiveSeatsOfTheConcertTowardsTheCapAndNoOthers) {
  const Show other = make_show(queue);
  const auto at = show.session.starts_at.plus_seconds(3600);
  const auto later = make_session(show.concert.id, at, 10, 1);
  hold(ann, show, {1, 2, 3, 4}).value();
  hold(ann, {show.concert, later}, {1, 2, 3}).value();
  EXPECT_EQ(outcome(hold(ann, other, {1, 2, 3, 4, 5, 6})), "ok");
  const auto over = hold(ann, show, {5, 6, 7, 8});
  ASSERT_EQ(outcome(over), "TOO_MANY_SEATS");
  EXPECT_EQ(fact<std::int64_t>(over.error(), "yours"), 7);
  EXPECT_EQ(outcome(hold(ann, show, {5, 6, 7})), "ok");
  EXPECT_EQ(outcome(hold(bob, show, {8})), "ok");
}

TEST_F(HoldSeats, LapsedAndCancelledHoldsDoNotCountTowardsTheCap) {
  const auto lapsing = hold(ann, show, {1, 2, 3, 4, 5});
  const auto cancelled = hold(ann, show, {6, 7, 8, 9, 10});
  EXPECT_EQ(outcome(hold(ann, show, {1})), "TOO_MANY_SEATS");
  cancel(ann, cancelled->reservation).value();
  EXPECT_EQ(outcome(hold(ann, show, {6, 7, 8, 9, 10})), "ok");
  set_clock(lapsing->expires_at);
  EXPECT_EQ(outcome(hold(ann, show, {1, 2, 3, 4, 5})), "ok");
}

TEST_F(HoldSeats, TheCapHoldsWhenOneUserAsksFromManyPlacesAtOnce) {
  const Show big = make_show(queue, 200);
  const auto answers = at_once(16, [&](db::Connection& connection, int i) {
    return outcome(hold(connection, ann, big, {3 * i + 1, 3 * i + 2, 3 * i + 3}));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 3);
  EXPECT_EQ(count_of<std::string>(answers, "TOO_MANY_SEATS"), 13);
  EXPECT_EQ(number("SELECT COUNT(*) FROM seat WHERE session_id = ? AND state = 'HELD'",
                   big.session.id), 9);
}

TEST_F(HoldSeats, OneSeatGoesToOneOfManyWhoWantIt) {
  std::vector<Person> people;
  for (int i = 0; i < 24; ++i) people.push_back(enter(queue));
  const auto answers = at_once(24, [&](db::Connection& connection, int i) {
    return outcome(hold(connection, people[static_cast<std::size_t>(i)], show, {7}));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 1);
  EXPECT_EQ(count_of<std::string>(answers, "SEAT_TAKEN"), 23);
}

TEST_F(HoldSeats, OverlappingHoldsInAnyOrderEndInOneOwnerASeat) {
  std::vector<Person> people;
  for (int i = 0; i < 16; ++i) people.push_back(enter(queue));
  const auto answers = at_once(16, [&](db::Connection& connection, int i) {
    const int first = i % 9 + 1;  // neighbours overlap; half of them ask backwards
    const std::vector<std::int64_t> seats{i % 2 == 0 ? first : first + 1,
                                          i % 2 == 0 ? first + 1 : first};
    return outcome(hold(connection, people[static_cast<std::size_t>(i)], show, seats));
  });
  const auto won = count_of<std::string>(answers, "ok");
  EXPECT_EQ(won + count_of<std::string>(answers, "SEAT_TAKEN"), 16);
  EXPECT_GE(won, 3);
  EXPECT_EQ(number("SELECT COUNT(*) FROM seat WHERE session_id = ? AND state = 'HELD'",
                   show.session.id), 2 * won);
}

}  // namespace
