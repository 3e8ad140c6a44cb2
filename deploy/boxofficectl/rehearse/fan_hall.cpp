// A fan inside: looking, choosing, holding, charging, paying, and second thoughts.

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "rehearse/fan.h"
#include "rehearse/seats.h"

namespace boxoffice::rehearse {
namespace {

// Seconds of life, on average.
constexpr double kReadTheEvenings = 5, kChooseSeats = 18, kChooseAgain = 6, kFindTheCard = 12,
                 kEnterTheCard = 15, kHaveSecondThoughts = 10, kLookAgain = 15;
constexpr int kHoldsTried = 8, kLooksWhenSoldOut = 3;
constexpr int kHope = 30;  // percent who look again when nothing is left

std::string key_of(std::size_t fan, int key) {
  return "rehearsal-" + std::to_string(fan) + "-" + std::to_string(key);
}

}  // namespace

void Fan::look(World& world) {
  const auto path = "/api/v1/concerts/" + std::to_string(world.concert()) + "/sessions";
  ask(world, {Endpoint::sessions, "GET", path, {}, {}, place_, {}}, &Fan::looked);
}

void Fan::looked(World& world, const Reply& reply) {
  if (over(world, reply)) return;
  const auto available = available_seats_of(reply.body, world.session());
  if (reply.status != 200 || !available) return fail(world, "sessions", reply);
  if (*available == 0) return nothing_left(world);
  if (nature_.loiters) return end(world, Outcome::loitered);
  think(world, kReadTheEvenings, &Fan::look_at_seats);
}

void Fan::look_at_seats(World& world) {
  const auto path = "/api/v1/concerts/" + std::to_string(world.concert()) + "/sessions/" +
                    std::to_string(world.session()) + "/seats";
  ask(world, {Endpoint::seats, "GET", path, {}, {}, place_, {}}, &Fan::choose);
}

void Fan::choose(World& world, const Reply& reply) {
  if (over(world, reply)) return;
  if (reply.status != 200) return fail(world, "seats", reply);
  wanted_ = choose_seats(free_seats_of(reply.body), nature_.seats, world.chance());
  if (wanted_.empty()) return nothing_left(world);
  think(world, holds_tried_ == 0 ? kChooseSeats : kChooseAgain, &Fan::hold);
}

void Fan::hold(World& world) {
  std::string ids;
  for (const auto seat : wanted_) ids += (ids.empty() ? "" : ",") + std::to_string(seat);
  const auto path = "/api/v1/concerts/" + std::to_string(world.concert()) + "/sessions/" +
                    std::to_string(world.session()) + "/reservations";
  ask(world,
      {Endpoint::hold,
       "POST",
       path,
       "{\"seatIds\":[" + ids + "]}",
       {},
       place_,
       key_of(index_, ++keys_)},
      &Fan::held);
}

void Fan::held(World& world, const Reply& reply) {
  if (over(world, reply)) return;
  if (reply.status == 409 && error_of(reply) == "SEAT_TAKEN") {
    ++world.record().seat_taken;
    if (++holds_tried_ < kHoldsTried) return look_at_seats(world);
    leaving_as_ = Outcome::sold_out;
    return leave(world);
  }
  reservation_ = number_in(reply.body, "reservationId");
  price_ = number_in(reply.body, "totalPrice");
  if (reply.status != 201 || reservation_ == 0 || price_ == 0) return fail(world, "hold", reply);
  hold_ends_ = world.now() + number_in(reply.body, "expiresInSeconds") * 1'000'000;
  if (nature_.lapses) return end(world, Outcome::let_lapse);
  if (nature_.lets_go) return think(world, kHaveSecondThoughts, &Fan::give_back);
  charging_ = nature_.short_of_money ? price_ / 2 : price_;
  think(world, kFindTheCard, &Fan::charge);
}

void Fan::charge(World& world) {
  ask(world,
      {Endpoint::charge,
       "POST",
       "/api/v1/users/" + std::to_string(user_) + "/points/charge",
       "{\"amount\":" + std::to_string(charging_) + "}",
       access_,
       {},
       key_of(index_, ++keys_)},
      &Fan::charged);
}

void Fan::charged(World& world, const Reply& reply) {
  if (reply.status != 200) return fail(world, "charge", reply);
  money_.charged += charging_;
  think(world, kEnterTheCard, &Fan::pay);
}

void Fan::pay(World& world) {
  ask(world,
      {Endpoint::pay,
       "POST",
       "/api/v1/payments",
       "{\"reservationId\":" + std::to_string(reservation_) + "}",
       {},
       place_,
       key_of(index_, ++keys_)},
      &Fan::paid);
}

void Fan::paid(World& world, const Reply& reply) {
  if (over(world, reply)) return;
  const auto error = reply.status == 409 ? error_of(reply) : std::string();
  if (error == "INSUFFICIENT_BALANCE" && money_.balance() < price_) {
    charging_ = price_ - money_.balance();
    return think(world, kFindTheCard, &Fan::charge);
  }
  if (error == "HOLD_EXPIRED" && world.now() >= hold_ends_) {
    reservation_ = 0;
    leaving_as_ = Outcome::ran_out;
    return leave(world);
  }
  if (reply.status != 201 || number_in(reply.body, "paymentAmount") != price_) {
    return fail(world, "pay", reply);
  }
  money_.paid += price_;
  paid_ = true;
  bought_ = wanted_;
  world.record().visits.push_back(static_cast<double>(world.now() - history_.told_in) / 1e6);
  if (nature_.refunds) return think(world, kHaveSecondThoughts, &Fan::give_back);
  reservation_ = 0;
  end(world, Outcome::bought);
}

void Fan::give_back(World& world) {
  ask(world,
      {Endpoint::cancel,
       "DELETE",
       "/api/v1/reservations/" + std::to_string(reservation_),
       {},
       access_,
       {},
       key_of(index_, ++keys_)},
      &Fan::given_back);
}

void Fan::given_back(World& world, const Reply& reply) {
  const bool lapsed = reply.status == 409 && !paid_ && world.now() >= hold_ends_;
  if (reply.status != 200 && !lapsed) return fail(world, "cancel", reply);
  if (!lapsed && number_in(reply.body, "refundedAmount") != (paid_ ? price_ : 0)) {
    return fail(world, "cancel", reply);
  }
  reservation_ = 0;
  bought_.clear();
  if (paid_) {
    money_.refunded += price_;
    return end(world, Outcome::refunded);
  }
  if (where_ == Where::gone) return world.released(index_);
  leaving_as_ = Outcome::gave_up_hold;
  leave(world);
}

void Fan::nothing_left(World& world) {
  const bool hopes = ++looks_ < kLooksWhenSoldOut &&
                     std::uniform_int_distribution<int>(1, 100)(world.chance()) <= kHope;
  if (hopes) return think(world, kLookAgain, &Fan::look);
  leaving_as_ = Outcome::sold_out;
  leave(world);
}

void Fan::release_hold(World& world) { give_back(world); }

}  // namespace boxoffice::rehearse
