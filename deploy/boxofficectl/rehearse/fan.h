// One fan: what they want, what they do next, and what they have been promised.
//
// A fan does one thing at a time: thinks for a while, or waits for an answer. What comes next is
// the member function that is kept meanwhile.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "rehearse/http.h"
#include "rehearse/record.h"

namespace boxoffice::rehearse {

// What a fan meets: time, chance, the box office, and the word that goes round.
class World {
 public:
  virtual ~World() = default;
  [[nodiscard]] virtual std::int64_t now() const = 0;                      // micros
  [[nodiscard]] virtual double life_since(std::int64_t micros) const = 0;  // seconds of life
  virtual std::mt19937& chance() = 0;
  virtual Record& record() = 0;
  // The fan is woken after so many seconds of life, or milliseconds of the clock on the wall.
  virtual void wake_after_life(std::size_t who, double seconds) = 0;
  virtual void wake_after_ms(std::size_t who, std::int64_t ms) = 0;
  // Insists until there is a definite answer.
  virtual void ask(std::size_t who, Ask ask) = 0;
  virtual void done(std::size_t who, Outcome outcome) = 0;
  virtual void released(std::size_t who) = 0;  // what a fan who was gone still held
  // When this fan first asked what has now been answered.
  [[nodiscard]] virtual std::int64_t asked_at(std::size_t who) const = 0;
  [[nodiscard]] virtual const std::string& names() const = 0;  // of the fans, to be numbered
  [[nodiscard]] virtual std::int64_t concert() const = 0;
  [[nodiscard]] virtual std::int64_t session() const = 0;
};

// Drawn before anybody comes, so that a seed gives the same crowd.
struct Nature {
  int seats = 1;
  double patience = 0;  // seconds of life in the line until they leave; 0: for ever
  int polls = 0;        // after so many they vanish; 0: never
  bool loiters = false, lapses = false, lets_go = false, refunds = false;
  bool short_of_money = false;  // charges too little at first
  bool doubts = false;          // hangs up, or asks twice
  double slowness = 1;          // how much longer than the average they think
};
Nature draw_nature(std::mt19937& chance, int seats_max);

class Fan {
 public:
  enum class Where { outside, in_line, inside, gone };
  struct Money {
    std::int64_t charged = 0, paid = 0, refunded = 0;
    [[nodiscard]] std::int64_t balance() const { return charged - paid + refunded; }
  };

  Fan(std::size_t index, const Nature& nature) : index_(index), nature_(nature) {}
  void arrive(World& world);
  void wake(World& world) { (this->*next_)(world); }
  void hear(World& world, const Reply& reply) { (this->*then_)(world, reply); }
  // Of somebody who let it lapse: the last thing that they do, if they are asked to.
  void release_hold(World& world);

  [[nodiscard]] Where where() const { return where_; }
  [[nodiscard]] std::int64_t user() const { return user_; }
  [[nodiscard]] const Money& money() const { return money_; }
  [[nodiscard]] const History& history() const { return history_; }
  // Seats that they were told are theirs.
  [[nodiscard]] const std::vector<std::int64_t>& seats() const { return bought_; }
  [[nodiscard]] bool holds() const { return reservation_ != 0; }
  [[nodiscard]] std::int64_t hold_ends() const { return hold_ends_; }

 private:
  using Next = void (Fan::*)(World&);
  using Then = void (Fan::*)(World&, const Reply&);

  void think(World& world, double seconds, Next next);
  void ask(World& world, Ask ask, Then then);
  void end(World& world, Outcome outcome);
  void fail(World& world, const char* doing, const Reply& reply);
  // PLACE_EXPIRED: the visit is over.
  bool over(World& world, const Reply& reply);

  // fan_line.cpp
  void sign_up(World& world);
  void signed_up(World& world, const Reply& reply);
  void join(World& world);
  void joined(World& world, const Reply& reply);
  void poll(World& world);
  void polled(World& world, const Reply& reply);
  void place_told(World& world, const Reply& reply);
  void wait_on(World& world, std::int64_t poll_after_ms);
  void leave(World& world);
  void left(World& world, const Reply& reply);
  // fan_hall.cpp
  void look(World& world);
  void looked(World& world, const Reply& reply);
  void look_at_seats(World& world);
  void choose(World& world, const Reply& reply);
  void hold(World& world);
  void held(World& world, const Reply& reply);
  void charge(World& world);
  void charged(World& world, const Reply& reply);
  void pay(World& world);
  void paid(World& world, const Reply& reply);
  void give_back(World& world);
  void given_back(World& world, const Reply& reply);
  void nothing_left(World& world);

  std::size_t index_;
  Nature nature_;
  Where where_ = Where::outside;
  Next next_ = nullptr;
  Then then_ = nullptr;
  Outcome leaving_as_ = Outcome::left_line;
  std::int64_t user_ = 0;
  History history_;
  int names_tried_ = 0, polls_ = 0, looks_ = 0, holds_tried_ = 0, keys_ = 0;
  std::string access_, place_;
  std::int64_t reservation_ = 0, price_ = 0, charging_ = 0, hold_ends_ = 0;
  std::vector<std::int64_t> wanted_, bought_;
  bool paid_ = false;
  Money money_;
};

// Reading answers: a member of a small one, 0 or nothing where it is not there.
std::int64_t number_in(const std::string& body, const char* member);
std::string text_in(const std::string& body, const char* member);
// The error's name in the catalogue.
std::string error_of(const Reply& reply);
std::string quoted(const Reply& reply);  // short, for people

}  // namespace boxoffice::rehearse
