#include "races/killer.h"

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

bool Killer::may_hang_up() const { return options_.kill.find("nginx") != std::string::npos; }

void Killer::run() {
  std::vector<std::string> kinds;
  std::istringstream words(options_.kill);
  for (std::string kind; std::getline(words, kind, ',');) kinds.push_back(kind);
  for (std::int64_t i = 0; i < options_.kills; ++i) {
    const auto& kind = kinds[random_() % kinds.size()];
    const bool many = kind == "worker" || kind == "job" || kind == "stopped-worker";
    const auto most = many ? kPauseMicros : kLongPauseMicros;
    pause_micros(static_cast<std::int64_t>(random_() % most));
    bring(kind);
    wait_until_back(kind);
  }
  done_ = true;
}

void Killer::bring(const std::string& kind) {
  using Trouble = void (*)(std::mt19937_64&, Verdict&);
  static const std::map<std::string, Trouble> kOthers = {{"stopped-worker", stop_workers},
                                                         {"stopped-nginx", stop_nginx},
                                                         {"hung-worker", hang_worker},
                                                         {"stalled", stall_database},
                                                         {"connections", take_all_connections},
                                                         {"full-disk", fill_disk}};
  ++killed_;
  const auto other = kOthers.find(kind);
  if (other != kOthers.end()) {
    other->second(random_, verdict_);
  } else if (kind == "job") {
    kill_job();
  } else {
    kill_one(kind);
  }
}

void Killer::kill_job() {
  const pid_t child = fork();
  if (child == 0) {
    const auto job = state_folder() + "/bin/job";
    execl(job.c_str(), job.c_str(), random_() % 2 == 0 ? "job-expire" : "job-advance", nullptr);
    _exit(127);
  }
  pause_micros(static_cast<std::int64_t>(random_() % 20'000));
  ::kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

void Killer::kill_one(const std::string& kind) {
  // What was killed a moment ago may be still on its way back.
  const auto end = monotonic_micros() + kBackMicros;
  std::vector<pid_t> candidates;
  do {
    for (const auto& [service, pid] : processes()) {
      const bool worker = service.find('.') != std::string::npos;
      const bool meant = kind == "worker" ? worker : service == (kind == "mariadbd" ? "mariadb" : kind);
      if (meant && pid > 1) candidates.push_back(pid);
    }
  } while (candidates.empty() && monotonic_micros() < end);
  verdict_.expect(!candidates.empty(), "there is no " + kind + " to kill");
  if (!candidates.empty()) ::kill(candidates[random_() % candidates.size()], SIGKILL);
}

// Back means: a request that needs everything (nginx, a worker, the database) is answered.
void Killer::wait_until_back(const std::string& kind) {
  const auto started = monotonic_micros();
  for (;;) {
    Client client;
    if (client.send({"GET", "/readyz", {}, {}, {}, {}}).status == 200) break;
    if (monotonic_micros() - started > kBackMicros) {
      verdict_.expect(false, "not back 10 s after " + kind);
      return;
    }
    pause_micros(5'000);
  }
  longest_micros_ = std::max(longest_micros_, monotonic_micros() - started);
}

}  // namespace boxoffice::races
