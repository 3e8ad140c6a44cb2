// races SUITE [--seed N] [--count N] [--clients N] [--users N] [--kill KINDS --kills N]
//             [--rounds N] [--manner NAMES] [--patience SECONDS]
//
// Runs one suite against the stack that BASE_URL and the DB_* settings name, on halls and people of
// its own, and ends with the audit. The seed replays its choices; the interleaving is the machine's.
#include <algorithm>
#include <iostream>
#include <map>
#include <thread>

#include "races/killer.h"
#include "races/suite.h"
#include "token/token.h"

namespace boxoffice::races {
namespace {

struct Entry {
  Suite run;
  std::int64_t count;
};
const std::map<std::string, Entry> kSuites = {
    {"seat", {seat_race, 20}},        {"holds", {crossed_holds, 2'000}},
    {"place", {one_place, 20}},       {"capacity", {last_place, 20}},
    {"wallet", {one_wallet, 2'000}},  {"order", {line_order, 3'000}},
    {"bank", {bank, 3'000}},          {"answers", {lost_answers, 600}},
    {"hostile", {hostile, 100}},      {"aborts", {aborts, 100}},
};

Options read(int argc, char** argv, std::int64_t count) {
  Options out;
  out.seed = std::random_device{}();
  out.count = count;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--kill" || name == "--manner") {
      (name == "--kill" ? out.kill : out.manner) = argv[i + 1];
      continue;
    }
    const auto value = std::stoll(argv[i + 1]);
    if (name == "--seed") out.seed = static_cast<std::uint64_t>(value);
    if (name == "--count") out.count = std::max<std::int64_t>(1, value);
    if (name == "--clients") out.clients = value;
    if (name == "--users") out.users = value;
    if (name == "--kills") out.kills = value;
    if (name == "--rounds") out.rounds = value;
    if (name == "--patience") out.patience = value;
  }
  return out;
}

int run(int argc, char** argv) {
  const auto suite = argc > 1 ? kSuites.find(argv[1]) : kSuites.end();
  if (suite == kSuites.end()) {
    std::cerr << "usage: races SUITE [--seed N] [--count N] [--clients N] [--users N] "
                 "[--kill KINDS --kills N] "
                 "[--rounds N] [--manner NAMES] [--patience SECONDS]\nkinds: " << kTroubles << "\nsuites:";
    for (const auto& [name, entry] : kSuites) std::cerr << " " << name;
    std::cerr << "\n";
    return 2;
  }
  const Options options = read(argc, argv, suite->second.count);
  std::cout << suite->first << ": seed " << options.seed << ", count " << options.count << ", "
            << options.clients << " clients" << std::endl;
  Stage stage;
  Verdict verdict;
  const auto started = monotonic_micros();
  suite->second.run(options, stage, verdict);
  const auto broken = stage.broken();
  verdict.expect(broken.empty(), "audit: " + broken);
  std::cout << suite->first << ": " << (monotonic_micros() - started) / 1000 << " ms, audit clean: "
            << (broken.empty() ? "yes" : "no") << ", " << verdict.failures() << " failures\n";
  return verdict.failures() == 0 ? 0 : 1;
}

}  // namespace

void Verdict::expect(bool holds, const std::string& what) {
  if (holds) return;
  constexpr std::int64_t kShown = 20;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (++failures_ <= kShown) std::cout << "WRONG: " << what << std::endl;
}

void at_once(std::int64_t clients, const std::function<void(std::int64_t, Client&)>& work) {
  std::vector<std::jthread> threads;
  for (std::int64_t i = 0; i < clients; ++i) {
    threads.emplace_back([&work, i] {
      Client client;
      work(i, client);
    });
  }
}

std::string new_key() { return token::new_uuid(); }

// Letting in is done by whoever asks and finds nobody else at it, so that it may take a second ask.
bool get_inside(Person& person, const Hall& hall, Client& http, Verdict& verdict) {
  constexpr int kAsksMax = 200;
  auto reply = http.insist(join_ask(person, hall));
  verdict.expect(reply.status == 201, "joining answered " + std::to_string(reply.status) + reply.body);
  person.place = reply.text("token");
  for (int i = 0; i < kAsksMax && reply.text("status") == "WAITING"; ++i) {
    pause_micros(5'000);
    reply = http.insist({"GET", "/api/v1/waiting-queues", {}, {}, person.place, {}});
  }
  verdict.expect(reply.text("status") == "ACTIVATED", "not inside although there is room: " + reply.body);
  return reply.text("status") == "ACTIVATED";
}

Ask join_ask(const Person& person, const Hall& hall) {
  return {"POST", "/api/v1/waiting-queues",
          "{\"userId\":" + std::to_string(person.id.value) +
              ",\"concertId\":" + std::to_string(hall.concert.value) + "}",
          person.access, {}, {}};
}
Ask hold_ask(const Person& person, const Hall& hall, const std::vector<std::int64_t>& seats) {
  std::string list;
  for (const auto seat : seats) list += (list.empty() ? "" : ",") + std::to_string(hall.seat_id(seat));
  return {"POST",
          "/api/v1/concerts/" + std::to_string(hall.concert.value) + "/sessions/" +
              std::to_string(hall.session.value) + "/reservations",
          "{\"seatIds\":[" + list + "]}", {}, person.place, {}};
}
Ask pay_ask(const Person& person, std::int64_t reservation) {
  return {"POST", "/api/v1/payments", "{\"reservationId\":" + std::to_string(reservation) + "}", {},
          person.place, {}};
}
Ask cancel_ask(const Person& person, std::int64_t reservation) {
  return {"DELETE", "/api/v1/reservations/" + std::to_string(reservation), {}, person.access, {}, {}};
}
Ask charge_ask(const Person& person, std::int64_t amount) {
  return {"PATCH", "/api/v1/users/" + std::to_string(person.id.value) + "/points/charge",
          "{\"amount\":" + std::to_string(amount) + "}", person.access, {}, {}};
}

}  // namespace boxoffice::races

int main(int argc, char** argv) {
  try {
    return boxoffice::races::run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "races: " << problem.what() << "\n";
    return 1;
  }
}
