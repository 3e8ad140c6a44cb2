// The frame of the race suites: their arguments, their clients, their verdicts.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "faults/stage.h"
#include "races/client.h"

namespace boxoffice::races {

using faults::Hall;
using faults::Person;
using faults::Stage;

struct Options {
  std::uint64_t seed = 0;
  std::int64_t count = 0;    // how many rounds or operations, as the suite says
  std::int64_t clients = 64;
  std::int64_t users = 0;
  std::string kill;          // what befalls the stack meanwhile, comma between: see killer.h
  std::int64_t kills = 0;
  std::int64_t rounds = 0;   // of measurements, for the suite that measures
  std::int64_t patience = 30;  // seconds until whoever is to be cut off must have been
  std::string manner;        // of its attackers: these together, comma between; empty: all
};

// Collects what is wrong; a suite has passed when nothing is.
class Verdict {
 public:
  void expect(bool holds, const std::string& what);
  [[nodiscard]] std::int64_t failures() const { return failures_; }

 private:
  std::mutex mutex_;
  std::atomic<std::int64_t> failures_{0};
};

// Runs `work` for each of `clients` (0 and up) in a thread and with a connection of its own, and
// waits for all of them.
void at_once(std::int64_t clients, const std::function<void(std::int64_t, Client&)>& work);

Ask join_ask(const Person& person, const Hall& hall);
Ask hold_ask(const Person& person, const Hall& hall, const std::vector<std::int64_t>& seats);
Ask pay_ask(const Person& person, std::int64_t reservation);
Ask cancel_ask(const Person& person, std::int64_t reservation);
Ask charge_ask(const Person& person, std::int64_t amount);
std::string new_key();
// A place in a line that has room, asked for and waited for until its owner is inside.
bool get_inside(Person& person, const Hall& hall, Client& http, Verdict& verdict);

using Suite = void (*)(const Options&, Stage&, Verdict&);
void seat_race(const Options&, Stage&, Verdict&);
void crossed_holds(const Options&, Stage&, Verdict&);
void one_place(const Options&, Stage&, Verdict&);
void last_place(const Options&, Stage&, Verdict&);
void one_wallet(const Options&, Stage&, Verdict&);
void line_order(const Options&, Stage&, Verdict&);
void bank(const Options&, Stage&, Verdict&);
void lost_answers(const Options&, Stage&, Verdict&);
void hostile(const Options&, Stage&, Verdict&);
void aborts(const Options&, Stage&, Verdict&);

}  // namespace boxoffice::races
