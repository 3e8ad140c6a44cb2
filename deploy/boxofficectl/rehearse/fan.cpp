#include "rehearse/fan.h"

#include <algorithm>

#include "json/reader.h"

namespace boxoffice::rehearse {
namespace {

// In percent of all fans.
constexpr int kLeave = 10, kVanish = 3, kLoiter = 2, kLapse = 4, kLetGo = 3, kRefund = 4,
              kShort = 5, kDoubt = 10;
constexpr double kPatienceMin = 60, kPatienceMax = 1'200;

bool happens(std::mt19937& chance, int percent) {
  return std::uniform_int_distribution<int>(1, 100)(chance) <= percent;
}

}  // namespace

Nature draw_nature(std::mt19937& chance, int seats_max) {
  Nature out;
  out.seats = std::min(
      seats_max, 1 + static_cast<int>(std::discrete_distribution<int>({25, 45, 15, 15})(chance)));
  if (happens(chance, kLeave)) {
    out.patience = std::uniform_real_distribution<double>(kPatienceMin, kPatienceMax)(chance);
  }
  if (happens(chance, kVanish)) out.polls = std::uniform_int_distribution<int>(1, 6)(chance);
  out.loiters = happens(chance, kLoiter);
  out.lapses = happens(chance, kLapse);
  out.lets_go = happens(chance, kLetGo);
  out.refunds = happens(chance, kRefund);
  out.short_of_money = happens(chance, kShort);
  out.doubts = happens(chance, kDoubt);
  out.slowness = std::lognormal_distribution<double>(-0.1, 0.45)(chance);
  return out;
}

void Fan::arrive(World& world) { sign_up(world); }

void Fan::think(World& world, double seconds, Next next) {
  next_ = next;
  const double share = std::uniform_real_distribution<double>(0.6, 1.4)(world.chance());
  world.wake_after_life(index_, seconds * share * nature_.slowness);
}

void Fan::ask(World& world, Ask ask, Then then) {
  then_ = then;
  if (nature_.doubts && !ask.key.empty()) {
    ask.doubt = happens(world.chance(), 50) ? Doubt::impatient : Doubt::repeats;
  }
  world.ask(index_, std::move(ask));
}

void Fan::end(World& world, Outcome outcome) {
  where_ = Where::gone;
  history_.gone = world.now();
  history_.empty_handed = outcome == Outcome::sold_out;
  history_.stays = outcome == Outcome::let_lapse || outcome == Outcome::loitered ||
                   outcome == Outcome::failed ||
                   (outcome == Outcome::ran_out && history_.told_in > 0);
  world.done(index_, outcome);
}

void Fan::fail(World& world, const char* doing, const Reply& reply) {
  world.record().error(std::string(doing) + ": " + quoted(reply));
  if (where_ == Where::gone) return world.released(index_);
  end(world, Outcome::failed);
}

bool Fan::over(World& world, const Reply& reply) {
  if (reply.status != 403 || error_of(reply) != "PLACE_EXPIRED") return false;
  end(world, Outcome::ran_out);
  return true;
}

std::int64_t number_in(const std::string& body, const char* member) {
  const auto object = json::Reader::parse(body);
  if (!object) return 0;
  const auto value = object->integer(member, {0, INT64_MAX});
  return value ? *value : 0;
}

std::string text_in(const std::string& body, const char* member) {
  constexpr std::int64_t kTextMax = 4'096;
  const auto object = json::Reader::parse(body);
  if (!object) return {};
  auto value = object->text(member, {1, kTextMax});
  return value ? std::move(value).value() : std::string();
}

std::string error_of(const Reply& reply) { return text_in(reply.body, "code"); }

std::string quoted(const Reply& reply) {
  if (reply.status == 0) return "no answer (" + reply.problem + ")";
  const auto name = error_of(reply);
  constexpr std::size_t kShown = 60;
  return std::to_string(reply.status) + " " +
         (name.empty() ? "\"" + reply.body.substr(0, kShown) + "\"" : name);
}

}  // namespace boxoffice::rehearse
