// Whoever asks for a place again: the same one, with a token that lasts; or a new one, where it is over.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Rejoin : public World {};

TEST_F(Rejoin, RenewsATokenOnceHoweverManyAsk) {
  const auto queue = make_queue(0);
  const auto first = join(queue);
  const auto over = now().plus_seconds(kTokenSeconds);
  const auto answers = at_once(16, [&](db::Connection& connection, int) {
    set_clock(connection, over);
    return join(connection, queue, first.user).claims.id;
  });
  EXPECT_EQ(count_of(answers, answers.front()), 16);
  EXPECT_NE(answers.front(), first.claims.id);
}

TEST_F(Rejoin, RenewsATokenThatIsOverWithinTheSecond) {
  const auto queue = make_queue(0);
  const auto first = join(queue);
  set_clock({(first.claims.expires_s - 1) * 1'000'000 - 1});
  EXPECT_EQ(join(db, queue, first.user).claims.id, first.claims.id);
  set_clock({first.claims.expires_s * 1'000'000 - 1});
  EXPECT_NE(join(db, queue, first.user).claims.id, first.claims.id);
}

TEST_F(Rejoin, EndsTheVisitOfWhoComesBackAndNoOther) {
  const auto queue = make_queue(3, 100);
  const Person ann = join(queue), bob = join(queue), cat = join(queue);
  queue::advance(db, queue);
  set_clock(queue::load_visit_end(db, cat.place)->plus_seconds(1));  // nobody has come in time
  join(db, queue, ann.user);
  EXPECT_EQ(ticket_state(ann.place), "EXPIRED");
  EXPECT_EQ(ticket_state(bob.place), "ADMITTED");
  EXPECT_EQ(ticket_state(cat.place), "ADMITTED");
  EXPECT_EQ(number("SELECT COUNT(*) FROM visit WHERE queue_id = ?", queue), 2);
  EXPECT_EQ(number("SELECT inside FROM queue WHERE id = ?", queue), 2);
}

}  // namespace
