// A worker's picture of the seats: never old, and not drawn more often than it has to be.
#include "seating/board.h"

#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;
using seating::SeatStatus;

namespace {

class Board : public World {
 protected:
  QueueId queue = make_queue();
  Show show = make_show(queue, 3);
  Person ann = enter(queue, 5000), bob = enter(queue, 5000);
  queue::Admission onlooker = enter(queue).admission();
  seating::Board board;
  int drawn = 0;

  // F, H or S for each seat.
  std::string look() {
    const auto showing =
        seating::showing_on(db, onlooker, show.concert.id, show.session.id).value();
    return board.show(db, showing, [&](const std::vector<seating::Seat>& seats) {
      ++drawn;
      std::string out;
      for (const auto& seat : seats) out += "FHS"[static_cast<int>(seat.status)];
      return out;
    });
  }
};

TEST_F(Board, IsDrawnOnceWhileNothingChanges) {
  EXPECT_EQ(look(), "FFF");
  EXPECT_EQ(look(), "FFF");
  EXPECT_EQ(drawn, 1);
}

TEST_F(Board, ShowsEveryChangeAtOnce) {
  EXPECT_EQ(look(), "FFF");
  const auto held = hold(ann, show, {2, 3});
  EXPECT_EQ(look(), "FHH");
  pay(ann, held->reservation).value();
  EXPECT_EQ(look(), "FSS");
  cancel(ann, held->reservation).value();
  EXPECT_EQ(look(), "FFF");
  EXPECT_EQ(drawn, 4);
}

TEST_F(Board, ShowsAHoldThatRanOutAsFreeAtItsLastInstant) {
  const auto held = hold(ann, show, {2});
  EXPECT_EQ(look(), "FHF");
  set_clock({held->expires_at.micros - 1});
  EXPECT_EQ(look(), "FHF");
  EXPECT_EQ(drawn, 1);
  set_clock(held->expires_at);
  EXPECT_EQ(look(), "FFF");
}

TEST_F(Board, IsNotDisturbedByARefusedHold) {
  hold(ann, show, {2}).value();
  EXPECT_EQ(look(), "FHF");
  EXPECT_EQ(outcome(hold(bob, show, {1, 2})), "SEAT_TAKEN");
  EXPECT_EQ(look(), "FHF");
  EXPECT_EQ(drawn, 1);
}

TEST_F(Board, SeesTheSeatsThatTheJobReleases) {
  const auto held = hold(ann, show, {2});
  EXPECT_EQ(look(), "FHF");
  db.change("UPDATE reservation SET hold_until = NOW(6) - INTERVAL 1 SECOND");
  db.change("UPDATE seat SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE state = 'HELD'");
  // The control: rows changed behind its back, without a version, are not noticed.
  EXPECT_EQ(look(), "FHF");
  booking::expire_batch(db, 10);
  EXPECT_EQ(look(), "FFF");
}

}  // namespace
