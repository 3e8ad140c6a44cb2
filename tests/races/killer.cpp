#include "races/killer.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "races/troubles.h"

namespace boxoffice::races {
namespace {

// Between two kills, at most. What there is one of dies less often: the supervisor lets a program
// that dies again and again within its first second wait longer and longer, and that is right.
constexpr std::int64_t kPauseMicros = 150'000;
constexpr std::int64_t kLongPauseMicros = 2'500'000;

}  // namespace

// Holds of nobody the bank knows, which a job finds lapsed whenever it is started.
class LapsedHolds {
 public:
  LapsedHolds() : hall_(stage_.hall(kSeats, 1, true)), person_(stage_.person()) {}

  void more() {
    stage_.wake();  // the database may have died since
    // In one, because audits look on.
    stage_.connection().command("START TRANSACTION");
    for (const auto end = made_ + kEach; made_ < end; ++made_) {
      stage_.lapse(stage_.hold(person_, hall_, {1 + made_ % kSeats}));
    }
    stage_.connection().command("COMMIT");
  }
  // Whatever was made has been released, and once, when a job has come to its end.
  void judge(Verdict& verdict) {
    stage_.wake();
    const auto of = " FROM reservation WHERE session_id = " + std::to_string(hall_.session.value);
    const auto left = stage_.number("SELECT COUNT(*)" + of + " AND status = 'HELD'");
    const auto expired = stage_.number("SELECT COUNT(*)" + of + " AND status = 'EXPIRED'");
    verdict.expect(left == 0 && expired == made_, std::to_string(expired) + " of " + std::to_string(made_) +
                                                      " lapsed holds were released, " +
                                                      std::to_string(left) + " are held");
  }

 private:
  static constexpr std::int64_t kSeats = 10'000, kEach = 5;
  Stage stage_;
  Hall hall_;
  Person person_;
  std::int64_t made_ = 0;
};

Killer::Killer(const Options& options, Verdict& verdict)
    : options_(options), verdict_(verdict), random_(options.seed) {
  if (options.kill.empty() || options.kills == 0) {
    done_ = true;
    return;
  }
  thread_ = std::jthread([this] { run(); });
}
Killer::~Killer() { stop(); }

void Killer::stop() {
  if (thread_.joinable()) thread_.join();
}

std::string Killer::report() const {
  if (killed_ == 0) return "nothing killed";
  return std::to_string(killed_) + " troubles (" + options_.kill + "), back after at most " +
         std::to_string(longest_micros_ / 1000) + " ms";
}

bool Killer::may_hang_up() const {
  const auto& kinds = options_.kill;
  return kinds.find("nginx") != kinds.npos || kinds.find("full-disk") != kinds.npos;
}

bool Killer::may_unsee() const {
  const auto& kinds = options_.kill;
  return kinds.find("mariadbd") != kinds.npos || kinds.find("power") != kinds.npos ||
         kinds.find("full-disk") != kinds.npos;
}

void Killer::run() {
  std::vector<std::string> kinds;
  std::istringstream words(options_.kill);
  for (std::string kind; std::getline(words, kind, ',');) kinds.push_back(kind);
  if (options_.kill.find("job") != std::string::npos) lapsed_ = std::make_unique<LapsedHolds>();
  for (std::int64_t i = 0; i < options_.kills; ++i) {
    const auto& kind = kinds[random_() % kinds.size()];
    const bool many = kind == "worker" || kind == "job" || kind == "stopped-worker";
    const auto most = many ? kPauseMicros : kLongPauseMicros;
    pause_micros(static_cast<std::int64_t>(random_() % most));
    wait_until_back(kind, bring(kind));
  }
  if (lapsed_) expire_the_rest();
  done_ = true;
}

std::int64_t Killer::bring(const std::string& kind) {
  static const std::map<std::string, Trouble*> kOthers = {{"stopped-worker", stop_workers},
                                                          {"stopped-nginx", stop_nginx},
                                                          {"hung-worker", hang_worker},
                                                          {"power", cut_power},
                                                          {"stalled", stall_database},
                                                          {"connections", take_all_connections},
                                                          {"full-disk", fill_disk}};
  ++killed_;
  const auto other = kOthers.find(kind);
  if (other != kOthers.end()) return other->second(random_, verdict_);
  return kind == "job" ? kill_job() : kill_one(kind);
}

namespace {

pid_t started(const char* job) {
  const auto program = state_folder() + "/bin/job";
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), job, nullptr);
    _exit(127);
  }
  return child;
}

// Whether it was killed, and did not end by itself before: with 0, or with 1 where it could not do all.
bool was_killed(pid_t child, const char* job, Verdict& verdict) {
  int status = 0;
  waitpid(child, &status, 0);
  verdict.expect(WIFSIGNALED(status) || WEXITSTATUS(status) <= 1,
                 std::string(job) + " ended with " + std::to_string(WEXITSTATUS(status)));
  return WIFSIGNALED(status);
}

}  // namespace

std::int64_t Killer::kill_job() {
  static constexpr std::array<const char*, 3> kJobs = {"job-expire", "job-advance", "job-cleanup"};
  constexpr std::uint64_t kLongestMicros = 60'000, kShortestMicros = 1'000;
  const char* job = kJobs[random_() % kJobs.size()];
  for (auto most = kLongestMicros; most > kShortestMicros; most /= 2) {
    if (job == kJobs[0]) lapsed_->more();
    const auto child = started(job);
    pause_micros(static_cast<std::int64_t>(random_() % most));
    ::kill(child, SIGKILL);
    if (was_killed(child, job, verdict_)) return monotonic_micros();
  }
  verdict_.expect(false, std::string(job) + " was never there to be killed");
  return monotonic_micros();
}

// A job that nobody kills finds what the others left.
void Killer::expire_the_rest() {
  was_killed(started("job-expire"), "job-expire", verdict_);
  lapsed_->judge(verdict_);
}

std::int64_t Killer::kill_one(const std::string& kind) {
  // What was killed a moment ago may be still on its way back.
  const auto end = monotonic_micros() + kBackMicros;
  std::vector<std::pair<std::string, pid_t>> candidates;
  for (;; pause_micros(5'000)) {
    for (const auto& [service, pid] : processes()) {
      const bool worker = service.find('.') != std::string::npos;
      const bool meant = kind == "worker" ? worker : service == (kind == "mariadbd" ? "mariadb" : kind);
      if (meant && pid > 1) candidates.emplace_back(service, pid);
    }
    if (!candidates.empty() || monotonic_micros() >= end) break;
  }
  verdict_.expect(!candidates.empty(), "there is no " + kind + " to kill");
  if (candidates.empty()) return end;
  const auto [service, pid] = candidates[random_() % candidates.size()];
  const auto before = processes_of(service).size();
  const auto since = monotonic_micros();
  ::kill(pid, SIGKILL);
  // The supervisor may say for a moment yet that it is there.
  const auto replaced = [&, victim = pid, of = service] {
    const auto now = processes_of(of);
    return now.size() >= before && std::find(now.begin(), now.end(), victim) == now.end();
  };
  while (!replaced() && monotonic_micros() < since + kBackMicros) pause_micros(5'000);
  verdict_.expect(replaced(), service + " was not replaced 10 s after its death");
  return since;
}

// Back means: what was lost is there again, and a request that needs everything (nginx, a worker, the
// database) is answered.
void Killer::wait_until_back(const std::string& kind, std::int64_t since) {
  for (;;) {
    Client client;
    if (client.send({"GET", "/readyz", {}, {}, {}, {}}).status == 200) break;
    if (monotonic_micros() - since > kBackMicros) {
      verdict_.expect(false, "not back 10 s after " + kind);
      return;
    }
    pause_micros(5'000);
  }
  longest_micros_ = std::max(longest_micros_, monotonic_micros() - since);
}

}  // namespace boxoffice::races
