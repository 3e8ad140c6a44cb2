// Clients that misbehave, while others do not. The others are answered rightly and, where it is
// measured (--rounds), their 99th percentile stays under twice what it is without; who is slow is
// cut off; and no worker waits for a request that is not complete.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sys/socket.h>
#include <unistd.h>

#include "races/crowd.h"
#include "races/regulars.h"

namespace boxoffice::races {
namespace {

constexpr double kRatioMax = 2;
constexpr std::int64_t kRoundSeconds = 4;
constexpr int kComingSecondsMax = 120;  // until all attackers are there
constexpr std::int64_t kBigHallSeats = 1'000;  // its list of seats is some 100 kB

std::string times(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string noise(std::mt19937_64& random, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(random() % 256);
  return out;
}

// `idle` of the idle, and of each other kind so many that it hurts where there is no defence.
std::vector<Manner> manners(const Options& options, Stage& stage) {
  const auto idle = options.count, some = std::clamp<std::int64_t>(idle / 20, 20, 500);
  std::mt19937_64 random(options.seed);
  const Hall hall = stage.hall(kBigHallSeats, 1'000, true);
  auto person = stage.person();
  stage.let_in(person, hall.queue);
  auto charge = charge_ask(person, 1);
  const auto whole = as_bytes(charge);
  charge.body += std::string(4'000, ' ');
  const auto long_charge = as_bytes(charge);
  const auto path = "/api/v1/concerts/" + std::to_string(hall.concert.value) + "/sessions/" +
                    std::to_string(hall.session.value) + "/seats";
  const auto progress = as_bytes({"GET", "/api/v1/waiting-queues/progress", {}, {}, {}, {}});
  const auto seats = as_bytes({"GET", path, {}, {}, person.place, {}});
  const std::string request = "GET /api/v1/concerts HTTP/1.1\r\nHost: localhost\r\n";
  const std::string envelope = "GET /api/check HTTP/1.1\r\nHost: localhost\r\n";
  return {
      {"idle", idle, "", "", true, Fate::kCutOff, {}},
      {"kept alive", idle / 4, progress, "", true, Fate::kBorne, {}},
      {"slow header", some, request + "X-Slow: ", "x", true, Fate::kCutOff, {}},
      {"half request", some, whole.substr(0, whole.size() - 1), "", true, Fate::kCutOff, {}},
      {"slow body", some, long_charge.substr(0, long_charge.size() - 4'000), " ", true, Fate::kBorne, {}},
      {"slow reader", some / 10, times(60, seats), "", false, Fate::kCutOff, {}},
      {"garbage", some / 4, times(3, progress) + "G\x01" + noise(random, 600) + "\r\n\r\n", "", true,
       Fate::kCutOff, "\"code\":\"INVALID_FIELD\""},
      {"huge header", some / 8, request + "X-Huge: " + std::string(60'000, 'h') + "\r\n\r\n", "", true,
       Fate::kCutOff, "\"code\":\"BODY_TOO_LARGE\""},
      {"many headers", some / 8, envelope + times(60, "X-Many: " + std::string(900, 'm') + "\r\n") + "\r\n",
       "", true, Fate::kCutOff, "\"errorCode\":\"BODY_TOO_LARGE\""},
      {"break off", some / 4, whole, "", true, Fate::kHangsUp, {}},
  };
}

// What nginx itself found wrong since then: more connections than it has, above all.
class Complaints {
 public:
  Complaints() {
    const char* state = std::getenv("BOXOFFICE_STATE");
    log_.open(std::string(state == nullptr ? "." : state) + "/log/nginx.error.log");
    log_.seekg(0, std::ios::end);
  }
  std::string first() {
    for (std::string line; std::getline(log_, line);) {
      for (const char* word : {"[alert]", "[crit]", "[emerg]"}) {
        if (line.find(word) != std::string::npos) return line;
      }
    }
    return {};
  }

 private:
  std::ifstream log_;
};

// All manners at once, until everybody who is to be cut off has been.
void see_them_cut_off(const std::vector<Manner>& all, const Options& options, Regulars& regulars,
                      Verdict& verdict) {
  Crowd crowd(all, options.seed);
  const auto end = monotonic_micros() + options.patience * 1'000'000;
  while ((!crowd.all_here() || !crowd.all_cut_off()) && monotonic_micros() < end) regulars.play(1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& tally = crowd.tally(i);
    verdict.expect(tally.opened == all[i].connections, all[i].name + ": could not come");
    verdict.expect(all[i].fate != Fate::kCutOff || tally.cut_once >= all[i].connections,
                   all[i].name + ": not cut off: " + std::to_string(all[i].connections - tally.cut_once) +
                       " of " + std::to_string(all[i].connections));
    verdict.expect(tally.other_answers == 0, all[i].name + ": an answer without " + all[i].answer);
    verdict.expect(all[i].answer.empty() || tally.answers > 0, all[i].name + ": never answered");
    std::cout << "hostile: " << all[i].name << ": " << tally.opened << " came, " << tally.open
              << " are here, cut off " << tally.cut << " times" << std::endl;
  }
}

// More halves of a request than the function has workers; then one that is whole. It is answered
// while all halves are still there, and not because they were cut off. Then the halves become whole.
bool answered_beside_halves(Stage& stage, Verdict& verdict) {
  constexpr std::int64_t kHalves = 64, kEach = 5;
  auto person = stage.person();
  const auto bytes = as_bytes(charge_ask(person, kEach));
  std::vector<int> halves;
  for (std::int64_t i = 0; i < kHalves; ++i) {
    const auto there = stack_address();
    halves.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    verdict.expect(connect(halves.back(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 &&
                       send(halves.back(), bytes.data(), bytes.size() - 1, MSG_NOSIGNAL) > 0,
                   "half a request could not be sent");
  }
  Client http;
  const auto whole = http.send(charge_ask(person, kEach));
  verdict.expect(whole.status == 200, "a whole request beside halves: " + std::to_string(whole.status));
  char byte = 0;
  bool all_there = true;
  for (const int half : halves) {
    all_there = all_there && recv(half, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
  }
  std::int64_t completed = 0;
  for (const int half : halves) {
    if (send(half, bytes.data() + bytes.size() - 1, 1, MSG_NOSIGNAL) == 1 && recv(half, &byte, 1, 0) == 1) {
      ++completed;
    }
    close(half);
  }
  const auto has = stage.connection().row("SELECT balance FROM account WHERE id = ?", person.id)->integer(0);
  verdict.expect(has == (completed + 1) * kEach, "halves that became whole: " + std::to_string(completed) +
                                                       ", but " + std::to_string(has) + " won");
  return all_there;
}

// What the others' requests took, beside an attack; and without one, in turns with it.
struct Trial {
  std::string name;
  std::vector<Manner> attack;
  Times beside = {};
  std::int64_t here = 0;
};

void attack(Trial& trial, std::uint64_t seed, Regulars& regulars, Times& alone) {
  alone.add(regulars.play(kRoundSeconds));
  Crowd crowd(trial.attack, seed);
  for (int seconds = 0; !crowd.all_here(); ++seconds) {
    if (seconds == kComingSecondsMax) throw std::runtime_error(trial.name + ": they do not all get in");
    regulars.play(1);
  }
  trial.beside.add(regulars.play(kRoundSeconds));
  trial.here = 0;
  for (std::size_t m = 0; m < trial.attack.size(); ++m) trial.here += crowd.tally(m).open;
}

// A percentile of few is a matter of luck: all rounds' answers count as one lot, those without an
// attack whichever attack they were taken beside; and what looks bad is measured three times as long.
void measure(const std::vector<Manner>& all, const Options& options, Regulars& regulars, Verdict& verdict) {
  std::vector<Trial> trials{{all.size() > 1 ? "together" : all[0].name, all}};
  if (options.manner.empty()) {
    for (const auto& manner : all) trials.push_back({manner.name, {manner}});
  }
  Times alone;
  auto seed = options.seed;
  const auto ratio = [&](Trial& trial) {
    return trial.beside.milliseconds(0.99) / alone.milliseconds(0.99);
  };
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    for (auto& trial : trials) attack(trial, seed++, regulars, alone);
  }
  for (auto& trial : trials) {
    // All of the further rounds, so that none is the last because it was a lucky one.
    const auto further = ratio(trial) < kRatioMax ? 0 : 2 * options.rounds;
    for (std::int64_t i = 0; i < further; ++i) attack(trial, seed++, regulars, alone);
    std::cout << "hostile: " << trial.name << " (" << trial.here << " connections): 99th percentile "
              << alone.milliseconds(0.99) << " ms without, " << trial.beside.milliseconds(0.99)
              << " ms with, ratio " << ratio(trial) << std::endl;
    verdict.expect(ratio(trial) < kRatioMax, trial.name + ": the others wait " +
                                                 std::to_string(ratio(trial)) + " times as long");
  }
}

}  // namespace

void hostile(const Options& options, Stage& stage, Verdict& verdict) {
  constexpr int kTries = 3;
  Complaints complaints;
  auto all = manners(options, stage);
  if (!options.manner.empty()) {
    const auto named = "," + options.manner + ",";
    std::erase_if(all, [&](const Manner& manner) {
      return named.find("," + manner.name + ",") == std::string::npos;
    });
    if (all.empty()) throw std::runtime_error("--manner " + options.manner + ": nobody behaves like that");
  }
  Regulars regulars(stage, verdict, options.seed);
  regulars.play(1);
  see_them_cut_off(all, options, regulars, verdict);
  // A machine that stands still for seconds lets the halves be cut off first; not three times.
  bool free = false;
  for (int i = 0; i < kTries && !free; ++i) free = answered_beside_halves(stage, verdict);
  verdict.expect(free, "workers were occupied by halves of requests");
  if (options.rounds > 0) measure(all, options, regulars, verdict);
  regulars.settle();
  const auto complaint = complaints.first();
  verdict.expect(complaint.empty(), "nginx: " + complaint);
  std::cout << "hostile: " << regulars.asked() << " requests of people who behave, all answered rightly: "
            << (verdict.failures() == 0 ? "yes" : "no") << "\n";
}

}  // namespace boxoffice::races
