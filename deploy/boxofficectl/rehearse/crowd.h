// All the fans, and the loop that they live in: one thread, a heap of who wakes when, and HTTP.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "rehearse/fan.h"
#include "rehearse/options.h"

namespace boxoffice::rehearse {

struct Scene {
  std::int64_t concert, session;
  std::string names;  // of the fans, to be numbered
  int seats_per_fan;  // at most
};

class Crowd final : public World {
 public:
  Crowd(const Options& options, Scene scene);

  // Looks at the database; called about once a second. Returns nothing where it cannot be reached.
  using Look = std::function<std::optional<Sample>()>;
  // Told after each look; returns whether to go on.
  using Tell = std::function<bool(const Crowd&)>;
  // Until everybody has gone; false: cut off.
  bool play(const Look& look, const Tell& tell);
  // Those who still hold seats let them go, where they do not lapse within so many seconds.
  bool settle(double patience_seconds, const Look& look, const Tell& tell);

  [[nodiscard]] const std::vector<Fan>& fans() const { return fans_; }
  [[nodiscard]] const Record& seen() const { return record_; }
  [[nodiscard]] double seconds() const;  // since the beginning
  [[nodiscard]] std::int64_t count(Fan::Where where) const;
  [[nodiscard]] std::int64_t held_to_the_end() const { return held_to_the_end_; }

  [[nodiscard]] std::int64_t now() const override { return now_; }
  [[nodiscard]] double life_since(std::int64_t micros) const override;
  std::mt19937& chance() override { return chance_; }
  Record& record() override { return record_; }
  void wake_after_life(std::size_t who, double seconds) override;
  void wake_after_ms(std::size_t who, std::int64_t ms) override;
  void ask(std::size_t who, Ask ask) override;
  void done(std::size_t who, Outcome outcome) override;
  void released(std::size_t) override { --left_; }
  [[nodiscard]] std::int64_t asked_at(std::size_t who) const override {
    return errands_[who].since;
  }
  [[nodiscard]] const std::string& names() const override { return scene_.names; }
  [[nodiscard]] std::int64_t concert() const override { return scene_.concert; }
  [[nodiscard]] std::int64_t session() const override { return scene_.session; }

 private:
  // What a fan is asking for, through all tries.
  struct Errand {
    Ask ask;
    std::int64_t since = 0;
    int tries = 0;
    bool again = false;        // woken to ask again, not to go on
    std::string first_answer;  // of somebody who asks twice
  };
  struct Alarm {
    std::int64_t at;
    std::size_t who;
    bool operator>(const Alarm& other) const { return at > other.at; }
  };
  void wake(std::size_t who);
  void hear(std::size_t who, Reply reply, std::int64_t wanted);
  // Whether the reply settles the errand; otherwise it will be sent again.
  bool settles(std::size_t who, const Reply& reply);
  void again(std::size_t who, std::int64_t ms);
  void send(std::size_t who);
  bool run(const Look& look, const Tell& tell);
  void stop();  // no new requests; those under way are waited for
  bool outwait_holds(const Look& look, const Tell& tell);
  void sample(const Look& look);

  Options options_;
  Scene scene_;
  std::mt19937 chance_;
  Record record_;
  std::vector<Fan> fans_;
  std::vector<Errand> errands_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  Http http_;
  std::int64_t begin_ = 0, now_ = 0, next_look_ = 0, sampled_requests_ = 0;
  std::size_t left_ = 0;  // who have something to do
  bool stopped_ = false;
  std::int64_t held_to_the_end_ = 0;
};

}  // namespace boxoffice::rehearse
