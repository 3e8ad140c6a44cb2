// A fan from the door to the hall: signing up, a place in the line, waiting.

#include "base/ids.h"
#include "rehearse/fan.h"

namespace boxoffice::rehearse {
namespace {

constexpr double kFindTheButton = 3, kNoticeOnesTurn = 3;
constexpr int kGiveUpWhenSoldOut = 60;  // percent, at each look at the line
constexpr std::int64_t kLookAgainMs = 1'000;

}  // namespace

void Fan::sign_up(World& world) {
  const std::string again(static_cast<std::size_t>(names_tried_), 'x');
  const auto name = world.names() + std::to_string(index_) + again;
  ask(world,
      {Endpoint::sign_up, "POST", "/api/v1/users", "{\"name\":\"" + name + "\"}", {}, {}, {}},
      &Fan::signed_up);
}

void Fan::signed_up(World& world, const Reply& reply) {
  // The answer to the first attempt was lost, and nobody else has this name: another one.
  if (reply.status == 409 && ++names_tried_ < 5) return sign_up(world);
  user_ = number_in(reply.body, "userId");
  access_ = text_in(reply.body, "accessToken");
  if (reply.status != 201 || user_ == 0 || access_.empty()) return fail(world, "sign up", reply);
  think(world, kFindTheButton, &Fan::join);
}

void Fan::join(World& world) {
  ask(world,
      {Endpoint::join,
       "POST",
       "/api/v1/waiting-queues",
       "{\"userId\":" + std::to_string(user_) +
           ",\"concertId\":" + std::to_string(world.concert()) + "}",
       access_,
       {},
       {}},
      &Fan::joined);
}

void Fan::joined(World& world, const Reply& reply) {
  place_ = text_in(reply.body, "token");
  const auto number = number_in(reply.body, "id") % TicketKey::kNumbers;
  if (reply.status != 201 || place_.empty() || number == 0) return fail(world, "join", reply);
  where_ = Where::in_line;
  history_ = {number, world.asked_at(index_), world.now(), 0, 0};
  place_told(world, reply);
}

void Fan::poll(World& world) {
  ask(world, {Endpoint::poll, "GET", "/api/v1/waiting-queues", {}, {}, place_, {}}, &Fan::polled);
}

void Fan::polled(World& world, const Reply& reply) {
  if (reply.status != 200) return fail(world, "poll", reply);
  ++polls_;
  place_told(world, reply);
}

void Fan::place_told(World& world, const Reply& reply) {
  const auto status = text_in(reply.body, "status");
  if (status == "ACTIVATED") {
    where_ = Where::inside;
    history_.told_in = world.now();
    world.record().waits.push_back(static_cast<double>(history_.told_in - history_.answered) / 1e6);
    return think(world, kNoticeOnesTurn, &Fan::look);
  }
  // Their turn came and went while they were not looking.
  if (status == "EXPIRED") return end(world, Outcome::ran_out);
  if (status != "WAITING") return fail(world, "poll", reply);
  history_.waited = world.asked_at(index_);
  wait_on(world, number_in(reply.body, "pollAfterMs"));
}

void Fan::wait_on(World& world, std::int64_t poll_after_ms) {
  if (nature_.polls > 0 && polls_ >= nature_.polls) return end(world, Outcome::vanished);
  const bool hears = world.record().sold_out && std::uniform_int_distribution<int>(
                                                    1, 100)(world.chance()) <= kGiveUpWhenSoldOut;
  const bool tired = nature_.patience > 0 && world.life_since(history_.answered) > nature_.patience;
  if (hears || tired) {
    leaving_as_ = Outcome::left_line;
    return leave(world);
  }
  next_ = &Fan::poll;
  world.wake_after_ms(index_, poll_after_ms > 0 ? poll_after_ms : kLookAgainMs);
}

void Fan::leave(World& world) {
  ask(world, {Endpoint::leave, "DELETE", "/api/v1/waiting-queues", {}, {}, place_, {}}, &Fan::left);
}

void Fan::left(World& world, const Reply& reply) {
  if (reply.status != 204) return fail(world, "leave", reply);
  end(world, leaving_as_);
}

}  // namespace boxoffice::rehearse
