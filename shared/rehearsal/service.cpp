#include "rehearsal/service.h"

#include <algorithm>
#include <map>

#include "queue/admin.h"
#include "seating/admin.h"

namespace boxoffice::rehearsal {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kLot = 200;  // users taken away in one transaction

Result<Stage> set_up(db::Tx& tx, Stage stage, std::int64_t seats) {
  const auto now = seating::load_now(tx.connection());
  const auto evening = now.plus_seconds(30 * kDaySeconds);
  TRY(stage.concert, seating::create_concert(tx, {{},
                                                  stage.name,
                                                  "",
                                                  "not for sale",
                                                  stage.queue,
                                                  now.plus_seconds(-kDaySeconds),
                                                  evening}));
  TRY(stage.session, seating::create_session(tx, {{}, stage.concert, evening, evening}));
  const auto front = std::max<std::int64_t>(1, seats / 10);
  const auto middle = std::max(front, seats / 2);
  CHECK(seating::add_seats(tx, {stage.session, 1, front, kFrontPrice}));
  if (front < middle)
    CHECK(seating::add_seats(tx, {stage.session, front + 1, middle, kMiddlePrice}));
  if (middle < seats) CHECK(seating::add_seats(tx, {stage.session, middle + 1, seats, kBackPrice}));
  return stage;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether new_run made the name: a queue "Rehearsal Hall" is somebody's, and for sale.
bool is_run(const std::string& name) {
  constexpr std::size_t kStamp = 14;
  return name.size() > kStamp + 1 && name[kStamp] == 's' &&
         std::all_of(name.begin(), name.begin() + kStamp, is_digit) &&
         std::all_of(name.begin() + kStamp + 1, name.end(), is_digit);
}

std::string run_of(const std::string& name) { return name.substr(std::string(kStageName).size()); }

// Outbox rows by the reservation that they tell of.
using Events = std::multimap<ReservationId, std::int64_t>;

Result<Done> remove_lot(db::Tx& tx, QueueId queue, const std::vector<UserId>& users,
                        const Events& events) {
  queue::lock(tx, queue);
  const auto reservations = load_reservations(tx, users);
  std::vector<std::int64_t> told;
  for (const auto id : reservations) {
    const auto [first, last] = events.equal_range(id);
    for (auto at = first; at != last; ++at) told.push_back(at->second);
  }
  delete_users(tx, queue, users, reservations, told);
  return Done{};
}

}  // namespace

std::string new_run(std::int64_t seed) {
  std::string run;
  for (const char c : local_date_time(wall_clock()).substr(0, 19)) {
    if (is_digit(c)) run += c;
  }
  return run + "s" + std::to_string(seed);
}

std::string fan_names(const std::string& run) { return kFanName + run + "-"; }

Result<Stage> set_up(db::Connection& connection, const Plan& plan) {
  Stage stage;
  stage.name = kStageName + plan.run;
  TRY(stage.queue, queue::create(connection, {stage.name, plan.capacity, plan.claim_seconds,
                                              plan.visit_seconds}));
  return db::transact(connection, [&](db::Tx& tx) { return set_up(tx, stage, plan.seats); });
}

std::vector<Run> runs(db::Connection& connection) {
  auto found = load_runs(connection, kStageName);
  std::erase_if(found, [](const Run& run) { return !is_run(run_of(run.name)); });
  return found;
}

Result<Removed> remove(db::Connection& connection, const Run& run) {
  take_time(connection);
  const auto names = fan_names(run_of(run.name));
  if (const auto others = count_entangled(connection, run.queue, names); others > 0) {
    return refuse_field("rehearsal",
                        run.name + " is left as it is: " + std::to_string(others) +
                            " reservations or places join it to users or concerts that are not its own",
                        "다른 예약과 얽혀 있어 삭제하지 않았습니다");
  }
  CHECK(queue::change(connection, run.queue, {{}, {}, {}, true}));
  Events events;
  for (const auto& event : load_events(connection, run.queue)) {
    events.emplace(event.reservation, event.id);
  }
  const auto users = load_users(connection, names);
  for (std::size_t from = 0; from < users.size(); from += kLot) {
    const std::vector<UserId> lot(
        users.begin() + static_cast<std::ptrdiff_t>(from),
        users.begin() + static_cast<std::ptrdiff_t>(std::min(users.size(), from + kLot)));
    CHECK(db::transact(connection,
                       [&](db::Tx& tx) { return remove_lot(tx, run.queue, lot, events); }));
  }
  // First: as long as there is the line's row, nobody is given its number, and this can be repeated.
  drop_sequence(connection, run.queue);
  CHECK(db::transact(connection, [&](db::Tx& tx) -> Result<Done> {
    queue::lock(tx, run.queue);
    delete_stage(tx, run.queue);
    return Done{};
  }));
  return Removed{run.name, static_cast<std::int64_t>(users.size())};
}

}  // namespace boxoffice::rehearsal
