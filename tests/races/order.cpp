// The line's promise: a place that was answered before another was asked for has the lower number;
// numbers are unique; those admitted are a prefix. From a history of when each request was sent and
// when its answer was there, on one clock.
#include <algorithm>
#include <iostream>

#include "races/killer.h"
#include "races/suite.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kNumbers = TicketKey::kNumbers;

struct Event {
  std::int64_t sent, answered, number;
};

// How many places have a lower number than one that had been answered before they were asked for.
std::int64_t inversions(std::vector<Event> history) {
  std::vector<Event> by_answer = history;
  std::sort(history.begin(), history.end(), [](auto& a, auto& b) { return a.sent < b.sent; });
  std::sort(by_answer.begin(), by_answer.end(), [](auto& a, auto& b) { return a.answered < b.answered; });
  std::int64_t highest = 0, out = 0;
  auto answered = by_answer.begin();
  for (const auto& event : history) {
    for (; answered != by_answer.end() && answered->answered < event.sent; ++answered) {
      highest = std::max(highest, answered->number);
    }
    if (event.number < highest) ++out;
  }
  return out;
}

}  // namespace

void line_order(const Options& options, Stage& stage, Verdict& verdict) {
  const Hall hall = stage.hall(1, options.count / 3, true);
  const auto queue = std::to_string(hall.queue.value);
  const auto people = stage.crowd(options.count);
  std::vector<std::vector<Event>> histories(static_cast<std::size_t>(options.clients));
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
      histories[static_cast<std::size_t>(client)].push_back({sent, answered, reply.number("id") % kNumbers});
    }
    retries += http.retries();
  });
  killer.stop();
  stage.wake();
  std::vector<Event> history;
  for (const auto& one : histories) history.insert(history.end(), one.begin(), one.end());
  std::vector<std::int64_t> numbers;
  for (const auto& event : history) numbers.push_back(event.number);
  std::sort(numbers.begin(), numbers.end());
  verdict.expect(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end(), "a number twice");
  const auto wrong = inversions(history);
  verdict.expect(wrong == 0, std::to_string(wrong) + " inversions");
  const auto places = stage.number("SELECT COUNT(*) FROM ticket WHERE queue_id = " + queue);
  verdict.expect(places == options.count, std::to_string(places) + " places for " +
                                              std::to_string(options.count) + " users");
  const auto passed = stage.number(
      "SELECT COUNT(*) FROM ticket w WHERE w.queue_id = " + queue + " AND w.state = 'WAITING' AND "
      "w.number < (SELECT MAX(number) FROM ticket WHERE queue_id = " + queue + " AND state = 'ADMITTED')");
  verdict.expect(passed == 0, std::to_string(passed) + " were passed in the line");
  std::cout << "order: " << history.size() << " places, " << wrong << " inversions, " << passed
            << " passed, " << retries << " retries, " << killer.report() << "\n";
}

}  // namespace boxoffice::races
