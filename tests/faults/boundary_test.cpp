// The last instant of a hold, at one microsecond: its owner's payment, another buyer's hold and the
// job that tidies meet at the same moment, which is 1 µs before the end, the end, or 1 µs after it.
// Before it the payment wins and nobody else gets the seat; from it on the payment is refused and
// the other buyer gets it: whichever of the three comes first. A guard that is wrong by that one
// microsecond is found out.
//
// FAULTS_ROUNDS sets how often, TEST_SEED which moments.
#include <atomic>
#include <barrier>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <thread>

#include "faults/injector.h"
#include "faults/routines.h"
#include "faults/scenarios.h"

namespace boxoffice::faults {
namespace {

constexpr std::int64_t kHalls = 200;  // rounds between two audits

struct Round {
  Call pay, hold;
  std::int64_t reservation = 0, now = 0;
  bool alive = false;
  Answer paid, taken, tidied;
};

// One of those who meet at the barrier. Whoever leaves, by an exception, too, leaves it for good, and
// then it is over for all: nobody waits for somebody who has gone.
struct Part {
  std::barrier<>& together;
  std::atomic<bool>& over;
  ~Part() {
    over = true;
    together.arrive_and_drop();
  }
};

std::string said(const char* who, const Answer& answer) {
  return std::string(who) + std::to_string(answer.status) + " " + answer.body;
}

class Boundary : public ::testing::Test {
 protected:
  std::string play(std::int64_t rounds);

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

  // What is wrong with it, or nothing.
  static std::string wrong(const Round& round) {
    const bool late = round.paid.body.find("HOLD_EXPIRED") != std::string::npos;
    if (round.paid.status != (round.alive ? 201 : 409) || late == round.alive) {
      return said(round.alive ? "paid in time: " : "paid too late: ", round.paid);
    }
    if (round.taken.status != (round.alive ? 409 : 201)) {
      return said(round.alive ? "taken too early: " : "to be had again: ", round.taken);
    }
    return round.tidied.status == 200 ? "" : "the job failed";
  }

  // At the time of the last round: a hold that was lapsed there must be lapsed to the audit, too,
  // also where the job passed over it because its owner was just at it.
  void audit(std::int64_t now) {
    constexpr std::int64_t kSecond = 1'000'000;
    if (now == 0) return;  // none was played yet
    freeze_clock(now + kSecond);
    EXPECT_EQ("", stage_.broken());
    freeze_clock(0);
    expired_ += stage_.number("SELECT COUNT(*) FROM reservation WHERE status = 'EXPIRED'");
  }

  Stage stage_;
  Hall hall_;
  std::int64_t alive_ = 0, expired_ = 0;
  std::uint64_t seed_ = setting("TEST_SEED", std::random_device{}());
  std::mt19937_64 random_{seed_};
};

// Plays them, up to the first that goes wrong, and says what did.
std::string Boundary::play(std::int64_t rounds) {
  std::barrier together(4);
  Round round;
  std::atomic<bool> over{false};
  // Each of the three plays its part of every round on one worker of its own.
  const auto player = [&](const std::string& function, const std::function<void(const Ask&)>& part) {
    return std::jthread([&, function, part] {
      const Part here{together, over};
      try {
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
      } catch (const std::exception& fault) {
        ADD_FAILURE() << function << ": " << fault.what();
      }
    });
  };
  const auto payer = player("v1-payment-create", [&](const Ask& ask) { round.paid = ask(round.pay); });
  const auto buyer =
      player("v1-reservation-create", [&](const Ask& ask) { round.taken = ask(round.hold); });
  const auto tidier = player("job-expire", [&](const Ask& ask) { round.tidied = ask({}); });
  const Part here{together, over};
  for (std::int64_t i = 0; i < rounds && !over; ++i) {
    if (i % kHalls == 0) {
      audit(round.now);
      stage_.clear();
      hall_ = stage_.hall(kHalls, 100'000);
    }
    round = prepare(hall_, i % kHalls + 1);
    if (round.alive) ++alive_;
    together.arrive_and_wait();
    together.arrive_and_wait();
    if (auto found = wrong(round); !found.empty()) return found;
  }
  audit(round.now);
  return "";
}

TEST_F(Boundary, ThreeMeetAtTheLastInstant) {
  const auto rounds = static_cast<std::int64_t>(setting("FAULTS_ROUNDS", 300));
  std::cout << "expiry boundary: seed " << seed_ << ", " << rounds << " rounds\n";
  EXPECT_EQ("", play(rounds));
  EXPECT_GT(expired_, 0) << "the job was never the first";
  std::cout << "expiry boundary: " << rounds << " three-way races, " << alive_
            << " before the end, 0 late payments, 0 early releases, " << expired_ << " by the job\n";
}

// The controls: where the last instant is the holder's to those who look, or to those who take.
class BoundaryMoved : public Boundary {
 protected:
  ~BoundaryMoved() override { create_routines(stage_.connection(), {}); }
  std::string play_with(const std::vector<Change>& changes) {
    create_routines(stage_.connection(), changes);
    return play(kRoundsMax);
  }
  static constexpr std::int64_t kRoundsMax = 1'000;
};

TEST_F(BoundaryMoved, AMicrosecondTooLateIsFoundOut) {
  const auto found = play_with({{"hold_look", "hold_until <= NOW(6)", "hold_until < NOW(6)"},
                                {"hold_take", "hold_until <= NOW(6)", "hold_until < NOW(6)"}});
  EXPECT_TRUE(found.starts_with("to be had again: 409")) << found;
}

TEST_F(BoundaryMoved, AMicrosecondTooEarlyIsFoundOut) {
  const char* early = "hold_until <= NOW(6) + INTERVAL 1 MICROSECOND";
  const auto found = play_with({{"hold_look", "hold_until <= NOW(6)", early},
                                {"hold_take", "hold_until <= NOW(6)", early}});
  EXPECT_TRUE(found.starts_with("taken too early: 201") || found.starts_with("paid in time: 409")) << found;
}

}  // namespace
}  // namespace boxoffice::faults
