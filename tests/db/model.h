// What boxoffice promises, a second time and as simply as it can be said: one line, one show, some
// people, in memory and one after the other. No locks, no SQL, no jobs: what the model does at once and
// what the database does in transactions must look the same from outside (see model_test.cpp).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"

namespace boxoffice::checks {

// The rules that a trial sets; small, so that every limit is met often.
struct ModelRules {
  std::int64_t capacity = 2, claim_seconds = 120, visit_seconds = 600, hold_seconds = 300;
  std::int64_t seats_per_user_max = 3, charge_max = 5'000, balance_max = 6'000;
  std::int64_t seats = 8, price = 1'000;
  Instant opens_at, closes_at, starts_at, cancel_until;
};

// A rule that a model gets wrong on purpose: the control, in which a difference must be found.
enum class Flaw {
  none, hold_outlives_its_end, hold_does_not_prolong_visit, claim_starts_visit_anew, hall_too_large,
  last_come_first_served, payment_keeps_the_place, lapsed_hold_counts, refund_is_lost, refund_after_deadline,
  charge_passes_the_limit, lapsed_hold_takes_back_its_seats
};

class Model {
 public:
  using User = std::size_t;
  using Seats = std::vector<std::int64_t>;

  Model(const ModelRules& rules, std::size_t users, Instant now, Flaw flaw)
      : rules_(rules), flaw_(flaw), now_(now), balances_(users),
        seats_(static_cast<std::size_t>(rules.seats)) {}

  void set_clock(Instant now) { now_ = now; }

  // ---- what is done: "ok", with what is told, or the name of the refusal

  std::string join(User user) {
    if (auto* place = live(user); place != nullptr) {
      if (place->state == Place::waiting || is_inside(*place)) return ok(number_of(*place));
      end(*place);
    }
    line_.push_back({user, Place::waiting, false, {}, {}});
    return ok(number_of(line_.back()));
  }

  std::string leave(User user) {
    auto* place = latest(user);
    if (place == nullptr) return "no place";
    if (is_live(*place)) finish(*place, Place::over);
    return "ok";
  }

  // Those whose time is over go, and the first of those who wait come in.
  void advance() {
    bool moved = false;
    for (auto& place : line_) {
      if (!place.ends_at || now_ < *place.ends_at) continue;
      end(place);
      moved = true;
    }
    auto inside = std::count_if(line_.begin(), line_.end(), [](const Place& p) { return !!p.ends_at; });
    const auto room = rules_.capacity + (flaw_ == Flaw::hall_too_large ? 1 : 0);
    for (auto* next = first_waiting(); inside < room && next != nullptr; next = first_waiting(), ++inside) {
      const auto seconds = std::min(rules_.claim_seconds, rules_.visit_seconds);
      *next = {next->user, Place::admitted, false, now_, now_.plus_seconds(seconds)};
      served_ = std::max(served_, number_of(*next));
      moved = true;
    }
    const auto* next = first_waiting();
    if (moved && next != nullptr) served_ = std::max(served_, number_of(*next) - 1);
  }

  std::string hold(User user, Seats wanted, std::int64_t said) {
    if (const auto refused = gate(user); !refused.empty()) return refused;
    std::sort(wanted.begin(), wanted.end());
    if (std::adjacent_find(wanted.begin(), wanted.end()) != wanted.end()) return "DUPLICATE_SEAT";
    const auto count = static_cast<std::int64_t>(wanted.size());
    if (live_seats(user) + count > rules_.seats_per_user_max) return "TOO_MANY_SEATS";
    if (wanted.back() > rules_.seats) return "SEAT_NOT_FOUND";
    const bool open = rules_.opens_at <= now_ && now_ < rules_.closes_at && now_ < rules_.starts_at;
    if (!open) return "SALE_NOT_OPEN";
    const auto total = rules_.price * count;
    if (said != total) return "PRICE_MISMATCH";
    for (const auto number : wanted) {
      if (!is_free(number)) return "SEAT_TAKEN";
    }
    const auto until = now_.plus_seconds(rules_.hold_seconds);
    for (const auto number : wanted) seat(number) = {static_cast<int>(reservations_.size()), false};
    reservations_.push_back({user, wanted, total, Reservation::held, until});
    auto* place = latest(user);
    if (flaw_ != Flaw::hold_does_not_prolong_visit) place->ends_at = std::max(*place->ends_at, until);
    return ok(total) + " until " + rfc3339(until);
  }

  std::string pay(User user, std::size_t which) {
    if (const auto refused = gate(user); !refused.empty()) return refused;
    if (which >= reservations_.size()) return "RESERVATION_NOT_FOUND";
    auto& r = reservations_[which];
    if (r.user != user) return "NOT_YOURS";
    if (r.state == Reservation::paid) return "ALREADY_PAID";
    if (!is_held(r) || !has_its_seats(which)) return "HOLD_EXPIRED";
    if (balances_[user] < r.total) return "INSUFFICIENT_BALANCE";
    balances_[user] -= r.total;
    r.state = Reservation::paid;
    for (const auto number : r.seats) seat(number).sold = true;
    if (flaw_ != Flaw::payment_keeps_the_place) finish(*latest(user), Place::completed);
    return ok(balances_[user]);
  }

  std::string cancel(User user, std::size_t which) {
    if (which >= reservations_.size()) return "RESERVATION_NOT_FOUND";
    auto& r = reservations_[which];
    if (r.user != user) return "NOT_YOURS";
    const bool paid = r.state == Reservation::paid;
    const bool too_late = flaw_ != Flaw::refund_after_deadline && rules_.cancel_until <= now_;
    if (paid ? too_late : !is_held(r)) return "NOT_CANCELLABLE";
    if (paid && flaw_ != Flaw::refund_is_lost) balances_[user] += r.total;
    give_back(which);
    r.state = Reservation::canceled;
    return ok(paid ? r.total : 0);
  }

  std::string charge(User user, std::int64_t amount) {
    if (amount < 1 || rules_.charge_max < amount) return "INVALID_AMOUNT";
    const auto limit = rules_.balance_max + (flaw_ == Flaw::charge_passes_the_limit ? 1 : 0);
    if (limit < balances_[user] + amount) return "BALANCE_LIMIT";
    balances_[user] += amount;
    return ok(balances_[user]);
  }

  // The job that tidies; what it does to a hold was so before.
  void expire() {
    for (std::size_t i = 0; i < reservations_.size(); ++i) {
      if (reservations_[i].state != Reservation::held || now_ < reservations_[i].until) continue;
      give_back(i);
      reservations_[i].state = Reservation::expired;
    }
  }

  // ---- what is seen

  // A place as its owner is told. Who gave up is counted until the line has come that far.
  std::string status(User user) {
    if (const auto* place = latest(user); place == nullptr) return "none";
    else if (place->state == Place::waiting) advance();
    const auto& place = *latest(user);
    if (place.state == Place::waiting) return "WAITING " + std::to_string(number_of(place) - served_);
    if (place.state == Place::completed) return "COMPLETED";
    return is_inside(place) ? "ACTIVATED until " + rfc3339(*place.ends_at) : "EXPIRED";
  }
  [[nodiscard]] std::string seats() const {
    std::string out;
    for (std::int64_t n = 1; n <= rules_.seats; ++n) out += is_free(n) ? "-" : seat(n).sold ? "S" : "H";
    return out;
  }
  [[nodiscard]] std::string reservations() const {
    std::string out;
    for (const auto& r : reservations_) {
      const bool lapsed = r.state == Reservation::held && !is_held(r);
      out += lapsed ? 'e' : "hpce"[r.state];
    }
    return out;
  }
  [[nodiscard]] std::string balances() const {
    std::string out;
    for (const auto balance : balances_) out += std::to_string(balance) + " ";
    return out;
  }
  [[nodiscard]] std::vector<User> inside() const {
    std::vector<User> out;
    for (const auto& place : line_) {
      if (is_inside(place)) out.push_back(place.user);
    }
    return out;
  }
  [[nodiscard]] std::vector<std::size_t> paid() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < reservations_.size(); ++i) {
      if (reservations_[i].state == Reservation::paid) out.push_back(i);
    }
    return out;
  }
  [[nodiscard]] std::int64_t balance(User user) const { return balances_[user]; }
  [[nodiscard]] User owner_of(std::size_t reservation) const { return reservations_[reservation].user; }
  // Every instant at which a visit or a hold ends.
  [[nodiscard]] std::vector<Instant> ends() const {
    std::vector<Instant> out;
    for (const auto& place : line_) {
      if (place.ends_at) out.push_back(*place.ends_at);
    }
    for (const auto& r : reservations_) {
      if (r.state == Reservation::held) out.push_back(r.until);
    }
    return out;
  }

 private:
  struct Place {
    User user;
    enum State { waiting, admitted, completed, over } state;
    bool claimed;
    Instant admitted_at;
    std::optional<Instant> ends_at;  // of the visit, which takes room until it has been cleared away
  };
  struct Reservation {
    User user;
    Seats seats;
    std::int64_t total;
    enum State { held, paid, canceled, expired } state;
    Instant until;
  };
  struct Seat {
    int owner = -1;
    bool sold = false;
  };

  static std::string ok(std::int64_t what) { return "ok " + std::to_string(what); }

  // ---- the line
  static bool is_live(const Place& p) { return p.state == Place::waiting || p.state == Place::admitted; }
  [[nodiscard]] bool is_inside(const Place& p) const {
    return p.state == Place::admitted && p.ends_at && now_ < *p.ends_at;
  }
  Place* latest(User user) {
    const auto own = [&](const Place& p) { return p.user == user; };
    const auto found = std::find_if(line_.rbegin(), line_.rend(), own);
    return found == line_.rend() ? nullptr : &*found;
  }
  Place* live(User user) {
    auto* place = latest(user);
    return place != nullptr && is_live(*place) ? place : nullptr;
  }
  Place* first_waiting() {
    const auto waits = [](const Place& p) { return p.state == Place::waiting; };
    if (flaw_ == Flaw::last_come_first_served) {
      const auto found = std::find_if(line_.rbegin(), line_.rend(), waits);
      return found == line_.rend() ? nullptr : &*found;
    }
    const auto found = std::find_if(line_.begin(), line_.end(), waits);
    return found == line_.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::int64_t number_of(const Place& place) const { return &place - line_.data() + 1; }
  static void end(Place& place) {
    if (place.state == Place::admitted) place.state = Place::over;
    place.ends_at.reset();
  }
  // By their own deed; the room is had once that is noticed.
  void finish(Place& place, Place::State state) {
    place.state = state;
    if (place.ends_at) place.ends_at = std::min(*place.ends_at, now_);
  }
  // Being inside, which the first who asks claims.
  std::string gate(User user) {
    if (latest(user) == nullptr) return "no place";
    status(user);  // which lets them in where there is room
    if (latest(user)->state == Place::waiting) return "NOT_ADMITTED";
    auto& place = *latest(user);
    if (!is_inside(place)) return "PLACE_EXPIRED";
    if (!place.claimed) {
      const auto from = flaw_ == Flaw::claim_starts_visit_anew ? now_ : place.admitted_at;
      place.ends_at = std::max(*place.ends_at, from.plus_seconds(rules_.visit_seconds));
      place.claimed = true;
    }
    return "";
  }

  // ---- the seats
  Seat& seat(std::int64_t number) { return seats_[static_cast<std::size_t>(number - 1)]; }
  [[nodiscard]] const Seat& seat(std::int64_t number) const {
    return seats_[static_cast<std::size_t>(number - 1)];
  }
  [[nodiscard]] bool is_held(const Reservation& r) const {
    const auto end = flaw_ == Flaw::hold_outlives_its_end ? Instant{r.until.micros + 1} : r.until;
    return r.state == Reservation::held && now_ < end;
  }
  [[nodiscard]] bool is_free(std::int64_t number) const {
    const auto& s = seat(number);
    return s.owner < 0 || (!s.sold && !is_held(reservations_[static_cast<std::size_t>(s.owner)]));
  }
  [[nodiscard]] bool has_its_seats(std::size_t which) const {
    const auto& wanted = reservations_[which].seats;
    return std::all_of(wanted.begin(), wanted.end(), [&](std::int64_t number) {
      return seat(number).owner == static_cast<int>(which);
    });
  }
  void give_back(std::size_t which) {
    for (const auto number : reservations_[which].seats) {
      const bool own = seat(number).owner == static_cast<int>(which);
      if (own || flaw_ == Flaw::lapsed_hold_takes_back_its_seats) seat(number) = {};
    }
  }
  [[nodiscard]] std::int64_t live_seats(User user) const {
    std::int64_t count = 0;
    for (const auto& r : reservations_) {
      const bool lives = r.state == Reservation::paid || is_held(r) ||
                         (flaw_ == Flaw::lapsed_hold_counts && r.state == Reservation::held);
      if (r.user == user && lives) count += static_cast<std::int64_t>(r.seats.size());
    }
    return count;
  }

  ModelRules rules_;
  Flaw flaw_;
  Instant now_;
  std::vector<Place> line_;  // in the order of their numbers
  std::int64_t served_ = 0;
  std::vector<std::int64_t> balances_;
  std::vector<Seat> seats_;
  std::vector<Reservation> reservations_;
};

}  // namespace boxoffice::checks
