// People who behave: they look where they stand, how the line moves, and charge their balance, so
// many requests a second, whether or not those before have been answered. Every answer is checked;
// its time counts from the moment at which the request was due.
#pragma once

#include <vector>

#include "races/suite.h"

namespace boxoffice::races {

struct Times {
  std::vector<std::int64_t> micros;
  // The time that this part of all requests took at most.
  [[nodiscard]] double milliseconds(double part);
  void add(const Times& other);
};

class Regulars {
 public:
  Regulars(Stage& stage, Verdict& verdict, std::uint64_t seed);
  Times play(std::int64_t seconds);
  [[nodiscard]] std::int64_t asked() const { return asked_; }
  // What they charged and were told is what they have.
  void settle();

 private:
  struct Regular {
    Person inside, waiting;
    std::int64_t balance = 0, waiting_number = 0;
    std::mt19937_64 random;
  };
  void ask(Regular& regular, std::int64_t number, Client& http);
  void charge(Regular& regular, Client& http);
  void expect(const Reply& reply, const std::string& member, const std::string& value);
  Stage& stage_;
  Verdict& verdict_;
  Hall open_, closed_;
  std::vector<Regular> regulars_;
  std::atomic<std::int64_t> asked_{0};
};

}  // namespace boxoffice::races
