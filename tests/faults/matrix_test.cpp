// Every database call of every operation × every way in which it can fail.
//
// For each operation and each kind of fault, the first call fails, then the second, and so on until
// the operation has no such call: each time on a fresh worker and a fresh world. Afterwards:
//   · the answer is success, or a refusal that says "try again"; never a 500;
//   · refused means not done, success means done, whole, once (a COMMIT whose answer was lost and
//     that carried no key is the one case in which nobody can know: then either, but whole);
//   · every invariant of the audit holds;
//   · the same worker serves the same request again: with a key, one effect and the same bytes.
//
// FAULTS_EVERY=n runs every n-th site only, from a place that TEST_SEED chooses.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>
#include <thread>

#include "faults/injector.h"
#include "faults/scenarios.h"

namespace boxoffice::faults {
namespace {

constexpr int kSitesMax = 400;

bool asks_to_try_again(const Answer& answer) {
  return answer.status == 503 ||
         (answer.status == 409 && answer.body.find("REQUEST_IN_PROGRESS") != std::string::npos);
}

// What is right for one operation, from runs without faults.
struct Expected {
  std::string before, after;
};

class Matrix : public ::testing::TestWithParam<Scenario> {
 protected:
  static Stage& stage() {
    static Stage all;
    return all;
  }
  static inline int cells = 0, refused = 0, recovered = 0, replayed = 0;

  static void TearDownTestSuite() {
    std::cout << "fault matrix: " << cells << " cells, " << recovered << " answered as if nothing had been, "
              << refused << " refused with \"try again\", " << replayed
              << " retries answered from the stored answer\n";
  }

  Expected expect() {
    Expected out;
    stage().clear();
    (void)GetParam().prepare(stage());
    out.before = stage().digest();
    stage().clear();
    const Call call = GetParam().prepare(stage());
    with_worker(call.function, [&](const Ask& ask) {
      arm(Kind::none, 0);
      const auto answer = ask(call);
      EXPECT_EQ(GetParam().success, answer.status) << answer.body;
    });
    out.after = stage().digest();
    EXPECT_EQ("", stage().broken());
    return out;
  }

  // Asks again until no twin (a connection that is still dying, say) is in the way.
  static Answer ask_again(const Ask& ask, const Call& call) {
    Answer answer;
    for (int i = 0; i < 200; ++i) {
      answer = ask(call);
      if (answer.status != 409 || !asks_to_try_again(answer)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return answer;
  }

  // What a lost connection has locked is passed over by a job until the server has noticed; cron runs it
  // again.
  static void run_again(const Expected& expected, const Ask& ask, const Call& call) {
    for (int i = 0; i < 200 && stage().digest() != expected.after; ++i) {
      (void)ask(call);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // One cell. False where the operation makes no n-th call.
  bool run(const Expected& expected, Kind kind, int nth) {
    stage().clear();
    const Call call = GetParam().prepare(stage());
    bool fired_at_all = false;
    with_worker(call.function, [&](const Ask& ask) {
      arm(kind, nth);
      const Answer first = ask(call);
      disarm();
      fired_at_all = fired() > 0;
      if (!fired_at_all) return;
      ++cells;
      if (call.function.starts_with("job-")) run_again(expected, ask, call);
      SCOPED_TRACE(GetParam().name + ", call " + std::to_string(nth) + " fails with " + name_of(kind) +
                   " at " + fired_where());
      check(expected, first, GetParam().in_parts ? committed() || commit_lost()
                                                 : commit_lost() && call.key.empty());
      check_again(expected, call, first, ask_again(ask, call));
    });
    return fired_at_all;
  }

  void check(const Expected& expected, const Answer& first, bool may_be_done) {
    const auto state = stage().digest();
    if (first.status == GetParam().success) {
      ++recovered;
      EXPECT_EQ(expected.after, state) << "answered as done, and is not done";
    } else {
      ++refused;
      EXPECT_TRUE(asks_to_try_again(first)) << first.status << " " << first.body;
      if (!may_be_done) {
        EXPECT_EQ(expected.before, state) << "refused, and done all the same";
      }
      if (state != expected.before) {
        EXPECT_EQ(expected.after, state) << "done in part";
      }
    }
    done_ = state == expected.after && state != expected.before;
    EXPECT_EQ("", stage().broken());
  }

  void check_again(const Expected& expected, const Call& call, const Answer& first,
                   const Answer& second) {
    EXPECT_LT(second.status, 500) << "the worker is of no use any more: " << second.body;
    const bool promised = !call.key.empty() || !done_;
    if (promised) {
      EXPECT_EQ(GetParam().success, second.status) << second.body;
      EXPECT_EQ(expected.after, stage().digest()) << "not exactly one effect after the retry";
    }
    // What was refused did nothing, and nothing is stored of it.
    if (!call.key.empty() && first.status == GetParam().success && first.status < 400) {
      EXPECT_EQ(first.body, second.body);
      EXPECT_TRUE(second.replayed);
      ++replayed;
    }
    EXPECT_EQ("", stage().broken());
  }

  bool done_ = false;
};

TEST(Scenarios, CallEveryProgramThatAsksTheDatabase) {
  Stage stage;
  std::set<std::string> called = {"ops-healthz"};
  for (const auto& scenario : scenarios()) {
    stage.clear();
    called.insert(scenario.prepare(stage).function);
  }
  EXPECT_EQ(program_names(), called);
}

TEST_P(Matrix, NothingPartial) {
  const auto expected = expect();
  ASSERT_FALSE(HasFailure());
  const auto every = static_cast<int>(std::max<std::uint64_t>(1, setting("FAULTS_EVERY", 1)));
  const auto seed = static_cast<int>(setting("TEST_SEED", 1) % 1'000'003);
  int offset = seed;
  for (const Kind kind : kAll) {
    for (int nth = 1 + offset++ % every; nth < kSitesMax; nth += every) {
      if (!run(expected, kind, nth)) break;
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Matrix, ::testing::ValuesIn(scenarios()), [](const auto& chosen) {
  std::string name;
  for (const char c : chosen.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

}  // namespace
}  // namespace boxoffice::faults
