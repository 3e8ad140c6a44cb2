// rehearse, rehearsal remove: an on-sale played before the day, and its traces taken away.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "command.h"
#include "rehearsal/service.h"
#include "rehearse/crowd.h"
#include "rehearse/figures.h"
#include "rehearse/gate.h"
#include "rehearse/progress.h"
#include "rehearse/report.h"
#include "rehearse/verdict.h"

namespace boxoffice::ctl {
namespace {

namespace play = boxoffice::rehearse;

// Polls come as seldom as the server says, up to 38 s; that is not played faster.
constexpr std::int64_t kClaimSecondsMin = 40;
constexpr std::int64_t kSeatsPerFan = 4;
constexpr double kHoldsPatienceSeconds = 30;
constexpr std::int64_t kTakenInMicros = 2'000'000;  // from a number's drawing to its place's commit

Error refused(const std::string& words) {
  return refuse(ErrorCode::INVALID_FIELD).saying(words, words);
}

// Ctrl-C ends the play, not the program: what was made is still judged and removed.
class Interruption {
 public:
  Interruption() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~Interruption() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  [[nodiscard]] bool came() const {
    const timespec now{};
    return sigtimedwait(&set_, nullptr, &now) > 0;
  }

 private:
  sigset_t set_{}, before_{};
};

Result<Done> check_people(Context& context, const play::Options& options) {
  const auto people = rehearsal::count_people_in_lines(context.connection());
  if (people == 0 || options.beside_a_sale) return Done{};
  return refused(
      std::to_string(people) +
      " people stand in this system's lines: a rehearsal would slow them "
      "down. Play it on a stack of its own (BOXOFFICE_STATE=… BOXOFFICE_PORT=… deploy/up), "
      "or give --beside-a-sale");
}

Result<Done> check_money(const Config& config) {
  const auto needed = rehearsal::kFrontPrice.value * kSeatsPerFan;
  if (config.charge_max >= needed && config.balance_max >= needed) return Done{};
  return refused("CHARGE_MAX and BALANCE_MAX must let a fan charge " + std::to_string(needed) +
                 " won");
}

std::optional<play::Sample> look(db::Connection& connection, const rehearsal::Stage& stage) {
  try {
    const auto counts = rehearsal::load_counts(connection, stage.queue, stage.session);
    return play::Sample{0, counts.waiting, counts.inside, counts.held, counts.sold, 0, 0};
  } catch (const db::Fault&) {
    return {};  // the play goes on; the plot has a gap
  }
}

play::Verdict judged(Context& context, const rehearsal::Stage& stage, const std::string& run,
                     const play::Crowd& crowd, const play::Options& options, bool cut_off) {
  auto& connection = context.patient_connection();
  rehearsal::take_time(connection);
  play::Evidence evidence{crowd,
                          rehearsal::load_counts(connection, stage.queue, stage.session),
                          rehearsal::load_sold(connection, stage.session),
                          rehearsal::load_purses(connection, rehearsal::fan_names(run)),
                          audit::run(connection, context.config.max_seats_per_user),
                          options.seats,
                          kTakenInMicros + context.config.snapshot_ms * 1'000,
                          cut_off};
  return play::judge(std::move(evidence));
}

Result<std::string> removed(Context& context, const rehearsal::Stage& stage, bool keep) {
  const auto number = std::to_string(stage.queue.value);
  if (keep) {
    return "The data was kept: queue " + number + ", concert " +
           std::to_string(stage.concert.value) +
           ", and its fans. deploy/ctl rehearsal remove takes it away.";
  }
  TRY(const auto done, rehearsal::remove(context.patient_connection(), {stage.queue, stage.name}));
  return "The queue, the concert and " + std::to_string(done.users) +
         " users of the rehearsal were removed again.";
}

Result<Done> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return Done{};
  return refused("--report " + path + ": cannot be written");
}

struct Played {
  bool cut_off;
};

Played let_play(Context& context, play::Crowd& crowd, const rehearsal::Stage& stage,
                const play::Options& options) {
  const Interruption interruption;
  play::Progress progress(isatty(STDERR_FILENO) != 0, options.fans);
  const auto looking = [&] { return look(context.connection(), stage); };
  const auto telling = [&](const play::Crowd& now) {
    progress.tell(now);
    return !interruption.came();
  };
  const bool whole =
      crowd.play(looking, telling) && crowd.settle(kHoldsPatienceSeconds, looking, telling);
  progress.end();
  return {!whole};
}

Result<Answer> rehearse(Context& context) {
  const auto options = play::read_options(context.arguments, context.config);
  if (!options.report.empty()) CHECK(write_file(options.report, ""));
  CHECK(check_people(context, options));
  CHECK(check_money(context.config));
  CHECK(play::check_answers(options));
  const auto when = local_minute(wall_clock());
  const auto run = rehearsal::new_run(options.seed);
  const auto claim = std::max(options.played_seconds(options.claim_seconds),
                              std::min(options.claim_seconds, kClaimSecondsMin));
  const auto visit = std::max(options.played_seconds(options.visit_seconds), claim);
  TRY(const auto stage, rehearsal::set_up(context.connection(),
                                          {run, options.seats, options.capacity, claim, visit}));
  if (const auto known = play::check_stage(options, stage.concert.value); !known) {
    TRY([[maybe_unused]] const auto gone, removed(context, stage, false));
    return known.error();
  }
  const auto seats = std::min(kSeatsPerFan, context.config.max_seats_per_user);
  play::Crowd crowd(options, {stage.concert.value, stage.session.value, rehearsal::fan_names(run),
                              static_cast<int>(seats)});
  const auto played = let_play(context, crowd, stage, options);
  const auto verdict = judged(context, stage, run, crowd, options, played.cut_off);
  const auto figures =
      play::figures_of(crowd, options, rehearsal::load_places(context.connection(), stage.queue));
  TRY(const auto removal, removed(context, stage, options.keep));
  const play::Told told{options,
                        crowd,
                        verdict,
                        figures,
                        stage.name,
                        when,
                        removal,
                        stage.queue.value,
                        stage.concert.value};
  if (!options.report.empty()) CHECK(write_file(options.report, play::as_page(told)));
  Answer answer;
  answer.ok = verdict.pass();
  answer.text = play::as_text(told);
  answer.object = play::as_json(told);
  return answer;
}

Result<Answer> remove(Context& context) {
  auto answer = rows("rehearsals", {"queueId", "name", "users"});
  for (const auto& run : rehearsal::runs(context.connection())) {
    TRY(const auto done, rehearsal::remove(context.patient_connection(), run));
    answer.table.rows.push_back({run.queue.value, done.name, done.users});
  }
  answer.message = std::to_string(answer.table.rows.size()) + " rehearsals were removed";
  answer.brief = answer.table.rows.empty();
  return answer;
}

}  // namespace

Commands rehearsal_commands() {
  return {
      {"rehearse",
       "Plays an on-sale against the running stack, and judges it; exit code 1 where it fails.\n\n"
       "Fans come, queue, choose, hesitate, retry, give up and pay, over HTTP, for a concert that "
       "is\n"
       "made for them and removed afterwards. Times are of real life, and are played faster "
       "(--think).\n"
       "All come from this one address: the stack's RATE_LIMITS must be off. Best on a stack of "
       "its own:\n"
       "  BOXOFFICE_STATE=/var/tmp/rehearsal BOXOFFICE_PORT=8090 RATE_LIMITS=off HOLD_SECONDS=30 "
       "deploy/up",
       play::parameters(), "rehearse --fans 10000 --seats 2000 --capacity 200 --report report.html",
       rehearse},
      {"rehearsal remove",
       "Removes what rehearsals left: kept with --keep, or killed",
       {},
       "rehearsal remove",
       remove},
  };
}

}  // namespace boxoffice::ctl
