// The last instant of a hold, at one microsecond: its owner's payment, another buyer's hold and the
// job that tidies meet at the same moment, which is 1 µs before the end, the end, or 1 µs after it.
// Before it the payment wins and nobody else gets the seat; from it on the payment is refused and
// the other buyer gets it: whichever of the three comes first.
//
// FAULTS_ROUNDS sets how often, TEST_SEED which moments.
#include <atomic>
#include <barrier>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <thread>

#include "faults/injector.h"
#include "faults/scenarios.h"

namespace boxoffice::faults {
namespace {

constexpr std::int64_t kHalls = 200;  // rounds between two audits

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* said = std::getenv(name);
  return said == nullptr ? fallback : std::stoull(said);
}

struct Round {
  Call pay, hold;
  std::int64_t reservation = 0, now = 0;
  bool alive = false;
  Answer paid, taken;
};

class Boundary : public ::testing::Test {
 protected:
  // The world of one round, and the moment it is played at.
  Round prepare(const Hall& hall, std::int64_t seat) {
    Round round;
    auto owner = stage_.person(5'000), other = stage_.person();
    stage_.let_in(owner, QueueId{1});
    stage_.let_in(other, QueueId{1});
    round.reservation = stage_.hold(owner, hall, {seat});
    const auto end = stage_.connection()
                         .row("SELECT hold_until FROM reservation WHERE id = ?", round.reservation)
                         ->instant(0);
    const auto offset = static_cast<std::int64_t>(random_() % 3) - 1;
    round.now = end.micros + offset;
    round.alive = offset < 0;
    round.pay = {"v1-payment-create", "POST", {},
                 "{\"reservationId\":" + std::to_string(round.reservation) + "}", owner.place, {}, {}};
    round.hold = {"v1-reservation-create", "POST",
                  {{"concertId", std::to_string(hall.concert.value)},
                   {"sessionId", std::to_string(hall.session.value)}},
                  "{\"seatIds\":[" + std::to_string(hall.seat_id(seat)) + "]}", other.place, {}, {}};
    return round;
  }

  void check(const Round& round) {
    if (round.alive) {
      EXPECT_EQ(201, round.paid.status) << round.paid.body;
      EXPECT_EQ(409, round.taken.status) << round.taken.body;
      return;
    }
    EXPECT_EQ(409, round.paid.status) << round.paid.body;
    EXPECT_NE(std::string::npos, round.paid.body.find("HOLD_EXPIRED")) << round.paid.body;
    EXPECT_EQ(201, round.taken.status) << round.taken.body;
  }

  // At the time of the last round: a hold that was lapsed there must be lapsed to the audit, too,
  // also where the job passed over it because its owner was just at it.
  void audit(std::int64_t now) {
    constexpr std::int64_t kSecond = 1'000'000;
    if (now > 0) freeze_clock(now + kSecond);
    EXPECT_EQ("", stage_.broken());
    freeze_clock(0);
  }

  Stage stage_;
  Hall hall_;
  std::uint64_t seed_ = setting("TEST_SEED", std::random_device{}());
  std::mt19937_64 random_{seed_};
};

TEST_F(Boundary, ThreeMeetAtTheLastInstant) {
  const auto rounds = static_cast<std::int64_t>(setting("FAULTS_ROUNDS", 300));
  std::cout << "expiry boundary: seed " << seed_ << ", " << rounds << " rounds\n";
  std::barrier together(4);
  Round round;
  std::atomic<bool> over{false};
  // Each of the three plays its part of every round on one worker of its own.
  const auto play = [&](const std::string& function, const std::function<void(const Ask&)>& part) {
    return std::jthread([&, function, part] {
      with_worker(function, [&](const Ask& ask) {
        for (;;) {
          together.arrive_and_wait();
          if (over) return;
          freeze_clock(round.now);
          part(ask);
          freeze_clock(0);
          together.arrive_and_wait();
        }
      });
    });
  };
  const std::jthread payer =
      play("v1-payment-create", [&](const Ask& ask) { round.paid = ask(round.pay); });
  const std::jthread buyer =
      play("v1-reservation-create", [&](const Ask& ask) { round.taken = ask(round.hold); });
  const std::jthread tidier = play("job-expire", [&](const Ask& ask) { ask({}); });
  std::int64_t alive = 0;
  for (std::int64_t i = 0; i < rounds && !HasFailure(); ++i) {
    if (i % kHalls == 0) {
      audit(round.now);
      stage_.clear();
      hall_ = stage_.hall(kHalls, 100'000);
    }
    round = prepare(hall_, i % kHalls + 1);
    if (round.alive) ++alive;
    together.arrive_and_wait();
    together.arrive_and_wait();
    check(round);
  }
  over = true;
  together.arrive_and_wait();
  audit(round.now);
  std::cout << "expiry boundary: " << rounds << " three-way races, " << alive
            << " before the end, 0 late payments, 0 early releases\n";
}

}  // namespace
}  // namespace boxoffice::faults
