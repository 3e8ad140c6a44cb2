#include "races/regulars.h"

#include <algorithm>

namespace boxoffice::races {
namespace {

constexpr std::int64_t kPerSecond = 200;
constexpr std::int64_t kRegulars = 16;
constexpr std::int64_t kCharge = 3;

}  // namespace

double Times::milliseconds(double part) {
  if (micros.empty()) return 0;
  std::sort(micros.begin(), micros.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(micros.size() - 1));
  return static_cast<double>(micros[at]) / 1000;
}

void Times::add(const Times& other) {
  micros.insert(micros.end(), other.micros.begin(), other.micros.end());
}

// Half of the places are in a hall with room, half in one that lets nobody in.
Regulars::Regulars(Stage& stage, Verdict& verdict, std::uint64_t seed)
    : stage_(stage), verdict_(verdict), open_(stage.hall(10, 1'000, true)), closed_(stage.hall(10, 0, true)),
      regulars_(kRegulars) {
  for (auto& regular : regulars_) {
    regular.random.seed(seed++);
    regular.inside = stage.person();
    stage.let_in(regular.inside, open_.queue);
    regular.waiting = stage.person();
    stage.wait_in_line(regular.waiting, closed_.queue);
  }
  for (std::size_t i = 0; i < regulars_.size(); ++i) {
    regulars_[i].waiting_number = static_cast<std::int64_t>(i) + 1;
  }
}

Times Regulars::play(std::int64_t seconds) {
  const auto total = seconds * kPerSecond;
  const auto begun = monotonic_micros();
  std::atomic<std::int64_t> next{0};
  std::vector<Times> times(regulars_.size());
  at_once(kRegulars, [&](std::int64_t client, Client& http) {
    auto& regular = regulars_[static_cast<std::size_t>(client)];
    for (auto i = next++; i < total; i = next++) {
      const auto due = begun + i * 1'000'000 / kPerSecond;
      if (const auto early = due - monotonic_micros(); early > 0) pause_micros(early);
      // One in eight has just come and has no connection yet.
      if (regular.random() % 8 == 0) {
        Client fresh;
        ask(regular, i, fresh);
      } else {
        ask(regular, i, http);
      }
      times[static_cast<std::size_t>(client)].micros.push_back(monotonic_micros() - due);
    }
  });
  asked_ += total;
  Times all;
  for (const auto& part : times) all.add(part);
  return all;
}

void Regulars::ask(Regular& regular, std::int64_t number, Client& http) {
  const auto get = [&http](const std::string& path, const std::string& place) {
    return http.send({"GET", path, {}, {}, place, {}});
  };
  const auto &waiting = regular.waiting.place, &inside = regular.inside.place;
  const auto place = std::to_string(regular.waiting_number);
  const std::string look = "/api/v1/waiting-queues", envelope_look = "/api/check";
  const auto progress = look + "/progress?concertId=" + std::to_string(closed_.concert.value);
  switch (number % 6) {
    case 0: return charge(regular, http);
    case 1: return expect(get(look, waiting), "waitingNumber", place);
    case 2: return expect(get(envelope_look, waiting), "listNum", place);
    case 3: return expect(get(look, inside), "status", "\"ACTIVATED\"");
    case 4: return expect(get(envelope_look, inside), "listNum", "0");
    default: return expect(get(progress, {}), "servedNumber", "0");
  }
}

void Regulars::charge(Regular& regular, Client& http) {
  auto ask = charge_ask(regular.inside, kCharge);
  ask.key = new_key();
  const auto reply = http.send(ask);
  regular.balance += kCharge;
  expect(reply, "totalAmount", std::to_string(regular.balance));
}

void Regulars::expect(const Reply& reply, const std::string& member, const std::string& value) {
  const auto wanted = "\"" + member + "\":" + value;
  const auto at = reply.body.find(wanted);
  verdict_.expect(reply.status == 200 && at != std::string::npos &&
                      std::string(",}").find(reply.body[at + wanted.size()]) != std::string::npos,
                  "a regular was answered " + std::to_string(reply.status) + " " + reply.body +
                      ", without " + wanted);
}

void Regulars::settle() {
  for (const auto& regular : regulars_) {
    const auto has =
        stage_.connection().row("SELECT balance FROM account WHERE id = ?", regular.inside.id)->integer(0);
    verdict_.expect(has == regular.balance, "a regular has " + std::to_string(has) + " won instead of " +
                                                std::to_string(regular.balance));
  }
}

}  // namespace boxoffice::races
