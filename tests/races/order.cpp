// The line's promise: a place that was answered before another was asked for has the lower number;
// numbers are unique; those admitted are a prefix. From a history of when each request was sent and
// when its answer was there, on one clock.
#include <iostream>

#include "races/killer.h"
#include "races/suite.h"
#include "rehearse/order.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kNumbers = TicketKey::kNumbers;

}  // namespace

void line_order(const Options& options, Stage& stage, Verdict& verdict) {
  const Hall hall = stage.hall(1, options.count / 3, true);
  const auto queue = std::to_string(hall.queue.value);
  const auto people = stage.crowd(options.count);
  std::vector<std::vector<rehearse::History>> histories(static_cast<std::size_t>(options.clients));
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> retries{0};
  Killer killer(options, verdict);
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    for (std::size_t i = next++; i < people.size(); i = next++) {
      // Asked again after no answer, the place may be older than the question: then the first
      // question counts.
      const auto sent = monotonic_micros();
      const auto reply = http.insist(join_ask(people[i], hall));
      const auto answered = monotonic_micros();
      verdict.expect(reply.status == 201, "joining answered " + std::to_string(reply.status) + reply.body);
      histories[static_cast<std::size_t>(client)].push_back(
          {.number = reply.number("id") % kNumbers, .asked = sent, .answered = answered});
    }
    retries += http.retries();
  });
  killer.stop();
  stage.wake();
  std::vector<rehearse::History> history;
  for (const auto& one : histories) history.insert(history.end(), one.begin(), one.end());
  const auto order = rehearse::judge_order(std::move(history), 0);
  verdict.expect(order.doubles == 0, std::to_string(order.doubles) + " numbers twice");
  verdict.expect(order.inversions == 0, std::to_string(order.inversions) + " inversions");
  const auto places = stage.number("SELECT COUNT(*) FROM ticket WHERE queue_id = " + queue);
  verdict.expect(places == options.count, std::to_string(places) + " places for " +
                                              std::to_string(options.count) + " users");
  const auto passed = stage.number(
      "SELECT COUNT(*) FROM ticket w WHERE w.queue_id = " + queue + " AND w.state = 'WAITING' AND "
      "w.number < (SELECT MAX(number) FROM ticket WHERE queue_id = " + queue + " AND state = 'ADMITTED')");
  verdict.expect(passed == 0, std::to_string(passed) + " were passed in the line");
  std::cout << "order: " << order.places << " places, " << order.inversions << " inversions, " << passed
            << " passed, " << retries << " retries, " << killer.report() << "\n";
}

}  // namespace boxoffice::races
