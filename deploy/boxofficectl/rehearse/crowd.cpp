#include "rehearse/crowd.h"

#include <algorithm>
#include <cmath>

namespace boxoffice::rehearse {
namespace {

constexpr std::int64_t kAnswerMs = 20'000;  // longer than the gateway waits for a function
constexpr std::int64_t kImpatientMs = 3;
constexpr int kTriesMax = 30;
constexpr std::int64_t kLookMicros = 500'000;
constexpr std::int64_t kSecondMs = 1'000, kInProgressMs = 200;

// Most come in the first moments: a third of the time holds nineteen of twenty, and a tail the
// rest.
double arrival(std::mt19937& chance, double within) {
  const double at = std::exponential_distribution<double>(9 / within)(chance);
  return at < within ? at : std::uniform_real_distribution<double>(0, within)(chance);
}

}  // namespace

Crowd::Crowd(const Options& options, Scene scene)
    : options_(options),
      scene_(std::move(scene)),
      chance_(static_cast<std::mt19937::result_type>(options.seed)),
      http_(options.base_url, static_cast<std::size_t>(options.connections),
            [this](std::size_t who, Reply reply, std::int64_t wanted) {
              hear(who, std::move(reply), wanted);
            }) {
  const auto count = static_cast<std::size_t>(options.fans);
  fans_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    fans_.emplace_back(i, draw_nature(chance_, scene_.seats_per_fan));
  }
  errands_.resize(count);
}

double Crowd::seconds() const { return static_cast<double>(now_ - begin_) / 1e6; }

double Crowd::life_since(std::int64_t micros) const {
  return static_cast<double>(now_ - micros) / 1e6 / options_.scale;
}

std::int64_t Crowd::count(Fan::Where where) const {
  return std::count_if(fans_.begin(), fans_.end(),
                       [&](const Fan& f) { return f.where() == where; });
}

void Crowd::wake_after_life(std::size_t who, double seconds) {
  wake_after_ms(who, std::llround(seconds * options_.scale * 1'000));
}

void Crowd::wake_after_ms(std::size_t who, std::int64_t ms) {
  alarms_.push({now_ + ms * 1'000, who});
}

void Crowd::done(std::size_t, Outcome outcome) {
  record_.end(outcome);
  --left_;
}

void Crowd::ask(std::size_t who, Ask ask) {
  errands_[who] = {std::move(ask), now_, 0, false, {}};
  send(who);
}

void Crowd::send(std::size_t who) {
  if (stopped_) return;
  auto& errand = errands_[who];
  const bool hangs_up = errand.ask.doubt == Doubt::impatient && errand.tries == 0;
  ++errand.tries;
  errand.again = false;
  http_.send(who, errand.ask, hangs_up ? kImpatientMs : kAnswerMs);
}

void Crowd::again(std::size_t who, std::int64_t ms) {
  errands_[who].again = true;
  wake_after_ms(who, ms);
}

void Crowd::wake(std::size_t who) {
  if (errands_[who].again) return send(who);
  // Who has not asked for anything yet is at the door.
  if (errands_[who].since == 0) return fans_[who].arrive(*this);
  fans_[who].wake(*this);
}

bool Crowd::settles(std::size_t who, const Reply& reply) {
  auto& errand = errands_[who];
  const bool hung_up =
      errand.ask.doubt == Doubt::impatient && errand.tries == 1 && reply.status == 0;
  if (hung_up) {
    ++record_.hung_up;
    again(who, kSecondMs);
    return false;
  }
  const bool busy = reply.status == 503, rate = reply.status == 429;
  const bool in_progress = reply.status == 409 && error_of(reply) == "REQUEST_IN_PROGRESS";
  record_.refused_busy += busy;
  record_.refused_rate += rate;
  record_.in_progress += in_progress;
  record_.no_answer += reply.status == 0;
  if (busy || rate || in_progress || reply.status == 0) {
    if (errand.tries >= kTriesMax) return true;
    const auto told = std::max<std::int64_t>(1, reply.retry_after_seconds) * kSecondMs;
    again(who, in_progress
                   ? kInProgressMs
                   : told + std::uniform_int_distribution<std::int64_t>(0, kSecondMs / 4)(chance_));
    return false;
  }
  if (errand.ask.doubt == Doubt::repeats && reply.ok()) {
    if (errand.first_answer.empty()) {
      errand.first_answer = reply.body;
      ++record_.repeated;
      again(who, kInProgressMs);
      return false;
    }
    if (errand.first_answer != reply.body)
      record_.error("asked twice with one key, answered differently");
  }
  return true;
}

void Crowd::hear(std::size_t who, Reply reply, std::int64_t wanted) {
  now_ = now_micros();
  if (reply.status != 0) {
    record_.answered(errands_[who].ask.endpoint, static_cast<double>(now_ - wanted) / 1e3);
  }
  if (settles(who, reply)) fans_[who].hear(*this, reply);
}

void Crowd::sample(const Look& look) {
  if (auto seen = look()) {
    seen->seconds = seconds();
    seen->requests = record_.requests - sampled_requests_;
    seen->errors = record_.errors.count;
    sampled_requests_ = record_.requests;
    const bool none_left = seen->held + seen->sold >= options_.seats;
    if (none_left && record_.sold_out_seconds == 0) record_.sold_out_seconds = seen->seconds;
    record_.sold_out = none_left;
    record_.samples.push_back(*seen);
  }
  next_look_ = now_ + kLookMicros;
}

// What the server still works on would otherwise happen after the judgement.
void Crowd::stop() {
  constexpr int kWaitMs = 50;
  stopped_ = true;
  http_.drop_waiting();
  while (!http_.idle()) http_.run(kWaitMs);
}

bool Crowd::run(const Look& look, const Tell& tell) {
  constexpr std::int64_t kWaitMicros = 20'000;
  while (left_ > 0) {
    now_ = now_micros();
    while (!alarms_.empty() && alarms_.top().at <= now_) {
      const auto who = alarms_.top().who;
      alarms_.pop();
      wake(who);
    }
    if (now_ >= next_look_) {
      sample(look);
      if (!tell(*this)) {
        stop();
        return false;
      }
    }
    const auto next = std::min(next_look_, alarms_.empty() ? next_look_ : alarms_.top().at);
    http_.run(
        static_cast<int>(std::clamp<std::int64_t>(next - now_micros(), 0, kWaitMicros) / 1'000));
  }
  now_ = now_micros();
  sample(look);
  return tell(*this);
}

bool Crowd::play(const Look& look, const Tell& tell) {
  begin_ = now_ = now_micros();
  left_ = fans_.size();
  const auto within = static_cast<double>(options_.arrive_seconds);
  for (std::size_t i = 0; i < fans_.size(); ++i) wake_after_life(i, arrival(chance_, within));
  return run(look, tell);
}

bool Crowd::settle(double patience_seconds, const Look& look, const Tell& tell) {
  now_ = now_micros();
  const auto end = now_ + static_cast<std::int64_t>(patience_seconds * 1e6);
  for (auto& fan : fans_) {
    if (!fan.holds() || fan.hold_ends() <= end) continue;
    ++held_to_the_end_;
    ++left_;
    fan.release_hold(*this);
  }
  if (left_ > 0 && !run(look, tell)) return false;
  return outwait_holds(look, tell);
}

bool Crowd::outwait_holds(const Look& look, const Tell& tell) {
  const auto runs = [&](const Fan& fan) { return fan.holds() && fan.hold_ends() >= now_; };
  while (std::any_of(fans_.begin(), fans_.end(), runs)) {
    http_.run(static_cast<int>(kLookMicros / 1'000));
    now_ = now_micros();
    sample(look);
    if (!tell(*this)) return false;
  }
  return true;
}

}  // namespace boxoffice::rehearse
