// A line of thousands: what one advance takes on.
#include "support/world.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Crowd : public World {
 protected:
  QueueId crowd_of(std::int64_t people, std::int64_t capacity) {
    const auto queue = make_queue(capacity);
    db.change("INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) "
              "SELECT ?, seq, seq, UUID(), NOW(6), NOW(6) + INTERVAL 1 DAY FROM seq_1_to_" +
                  std::to_string(people),
              queue);
    return queue;
  }
  std::int64_t inside(QueueId queue) {
    return number("SELECT COUNT(*) FROM visit WHERE queue_id = ?", queue);
  }
};

TEST_F(Crowd, IsAdmittedUpToTheCapacityInManyLots) {
  const auto queue = crowd_of(151, 150);
  EXPECT_EQ(queue::advance(db, queue).admitted, 150);
  EXPECT_EQ(inside(queue), 150);
  EXPECT_EQ(ticket_state({queue, {151}}), "WAITING");
}

// However many there are, a transaction stays within the time that a statement may take.
TEST_F(Crowd, FillsAndEmptiesAHallOfAnySizeAPartAtATime) {
  const auto people = queue::kAdvanceMax + 5;
  const auto queue = crowd_of(people, 2 * people);
  const auto advanced = [&] {
    const auto done = queue::advance(db, queue);
    return std::tuple(done.ended, done.admitted, done.more);
  };
  EXPECT_EQ(advanced(), std::tuple(0, queue::kAdvanceMax, true));
  EXPECT_EQ(number("SELECT MAX(number) FROM visit WHERE queue_id = ?", queue), queue::kAdvanceMax);
  EXPECT_EQ(advanced(), std::tuple(0, 5, false));
  set_clock(now().plus_seconds(120));  // nobody has come in
  EXPECT_EQ(advanced(), std::tuple(queue::kAdvanceMax, 0, true));
  EXPECT_EQ(inside(queue), 5);
  EXPECT_EQ(advanced(), std::tuple(5, 0, false));
  EXPECT_EQ(inside(queue), 0);
}

}  // namespace
