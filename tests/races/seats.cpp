// Many buyers, few seats; many requests of one person; the last place in a hall.
#include <algorithm>
#include <barrier>
#include <iostream>

#include "races/suite.h"

namespace boxoffice::races {
namespace {

bool refused_as_taken(const Reply& reply) {
  return reply.status == 409 && reply.body.find("SEAT_TAKEN") != std::string::npos;
}

}  // namespace

// `users` people want the same seat in the same moment: one gets it. The winner lets go of it
// afterwards, so that nobody's seats run out.
void seat_race(const Options& options, Stage& stage, Verdict& verdict) {
  const auto users = std::max(options.users, options.clients);
  const Hall hall = stage.hall(options.count, 1'000'000, true);
  auto people = stage.people(users, 0);
  for (auto& person : people) stage.let_in(person, hall.queue);
  std::atomic<std::int64_t> winners{0}, attempts{0}, rounds{0};
  std::barrier start(options.clients);
  std::barrier end(options.clients, [&]() noexcept {
    verdict.expect(winners == 1, "round " + std::to_string(rounds + 1) + ": " +
                                     std::to_string(winners.load()) + " winners");
    winners = 0;
    ++rounds;
  });
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    for (std::int64_t seat = 1; seat <= options.count; ++seat) {
      std::int64_t held = 0, holder = 0;
      start.arrive_and_wait();
      for (auto i = client; i < users; i += options.clients) {
        const auto reply = http.send(hold_ask(people[static_cast<std::size_t>(i)], hall, {seat}));
        ++attempts;
        verdict.expect(reply.status == 201 || refused_as_taken(reply),
                       "a hold answered " + std::to_string(reply.status) + " " + reply.body);
        if (reply.status != 201) continue;
        ++winners;
        held = reply.number("reservationId");
        holder = i;
      }
      end.arrive_and_wait();
      if (held == 0) continue;
      const auto reply = http.send(cancel_ask(people[static_cast<std::size_t>(holder)], held));
      verdict.expect(reply.status == 200, "a release answered " + reply.body);
    }
  });
  std::cout << "seat: " << rounds << " rounds, " << attempts << " attempts by " << users
            << " users, one winner each\n";
}

// Holds of one to five seats out of twenty, named in any order, taken and let go.
void crossed_holds(const Options& options, Stage& stage, Verdict& verdict) {
  constexpr std::int64_t kSeats = 20;
  const Hall hall = stage.hall(kSeats, 1'000'000, true);
  auto people = stage.people(options.clients, 0);
  for (auto& person : people) stage.let_in(person, hall.queue);
  std::atomic<std::int64_t> left{options.count}, got{0}, taken{0};
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    std::mt19937_64 random(options.seed + static_cast<std::uint64_t>(client));
    const Person& person = people[static_cast<std::size_t>(client)];
    std::vector<std::int64_t> all;
    for (std::int64_t i = 1; i <= kSeats; ++i) all.push_back(i);
    while (--left >= 0) {
      std::shuffle(all.begin(), all.end(), random);
      const auto most = 1 + static_cast<std::ptrdiff_t>(random() % 5);
      const auto reply = http.send(hold_ask(person, hall, {all.begin(), all.begin() + most}));
      if (refused_as_taken(reply)) {
        ++taken;
        continue;
      }
      verdict.expect(reply.status == 201, "a hold answered " + std::to_string(reply.status) + reply.body);
      if (reply.status != 201) continue;
      ++got;
      const auto released = http.send(cancel_ask(person, reply.number("reservationId")));
      verdict.expect(released.status == 200, "a release answered " + released.body);
    }
  });
  std::cout << "holds: " << got << " got, " << taken << " refused as taken, 0 deadlocks shown\n";
}

// The same user asks for a place from every connection at once: it is one place.
void one_place(const Options& options, Stage& stage, Verdict& verdict) {
  const Hall hall = stage.hall(1, 0, true);
  const auto people = stage.people(options.count, 0);
  std::vector<std::string> tokens(static_cast<std::size_t>(options.clients));
  std::barrier start(options.clients);
  std::barrier end(options.clients, [&]() noexcept {
    const bool same = std::all_of(tokens.begin(), tokens.end(),
                                  [&](const auto& t) { return !t.empty() && t == tokens[0]; });
    verdict.expect(same, "one user got different places");
  });
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    for (const auto& person : people) {
      start.arrive_and_wait();
      const auto reply = http.send(join_ask(person, hall));
      verdict.expect(reply.status == 201, "joining answered " + std::to_string(reply.status) + reply.body);
      tokens[static_cast<std::size_t>(client)] = reply.text("token");
      end.arrive_and_wait();
    }
  });
  const auto places = stage.number("SELECT COUNT(*) FROM ticket WHERE queue_id = " +
                                   std::to_string(hall.queue.value));
  verdict.expect(places == options.count, std::to_string(places) + " places");
  std::cout << "place: " << options.count << " users x " << options.clients << " connections, " << places
            << " places\n";
}

// A hall for one: of all who come at once one is inside, and when that one leaves, the next is.
void last_place(const Options& options, Stage& stage, Verdict& verdict) {
  const Hall hall = stage.hall(1, 1, true);
  const auto queue = std::to_string(hall.queue.value);
  auto people = stage.people(options.clients, 0);
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    auto& person = people[static_cast<std::size_t>(client)];
    const auto reply = http.send(join_ask(person, hall));
    verdict.expect(reply.status == 201, "joining answered " + reply.body);
    person.place = reply.text("token");
  });
  std::atomic<std::int64_t> handed_on{0};
  for (std::int64_t round = 0; round < std::min(options.count, options.clients - 1); ++round) {
    std::atomic<std::int64_t> inside{0};
    at_once(options.clients, [&](std::int64_t client, Client& http) {
      const auto reply = http.send({"GET", "/api/v1/waiting-queues", {}, {},
                                    people[static_cast<std::size_t>(client)].place, {}});
      verdict.expect(reply.status == 200, "asking answered " + reply.body);
      if (reply.text("status") == "ACTIVATED") ++inside;
    });
    verdict.expect(inside <= 1, std::to_string(inside.load()) + " inside a hall for one");
    const auto holder = stage.number("SELECT user_id FROM visit WHERE queue_id = " + queue +
                                     " AND ends_at > NOW(6) ORDER BY number LIMIT 1");
    for (const auto& person : people) {
      if (person.id.value != holder) continue;
      Client http;
      const auto left = http.send({"DELETE", "/api/v1/waiting-queues", {}, {}, person.place, {}});
      verdict.expect(left.status == 204, "leaving answered " + left.body);
      ++handed_on;
    }
  }
  verdict.expect(handed_on == std::min(options.count, options.clients - 1), "the place was not handed on");
  std::cout << "capacity: " << handed_on << " times the last place, never two inside\n";
}

}  // namespace boxoffice::races
