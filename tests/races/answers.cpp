// Answers that never arrive: the request is sent and carried out, and the client hears nothing,
// because it hung up at some moment or because what it read was lost. Asked again under the same
// key, it is told what was done; it was done once; and every later asking gives the same bytes.
#include <algorithm>
#include <iostream>

#include "races/suite.h"

namespace boxoffice::races {
namespace {

class Forgetful {
 public:
  Forgetful(Verdict& verdict, std::uint64_t seed) : verdict_(verdict), random_(seed) {}

  Reply ask(Client& http, Ask ask, std::atomic<std::int64_t>& replayed) {
    ask.key = new_key();
    Reply lost;
    if (random_() % 2 == 0) {
      http.send_and_hang_up(ask, static_cast<int>(random_() % 4'000));
    } else {
      lost = http.send(ask);
    }
    const auto first = http.insist(ask), second = http.insist(ask);
    if (first.replayed) ++replayed;
    if (first.status < 300) {
      verdict_.expect(second.replayed && second.body == first.body && second.status == first.status,
                      "other bytes: " + first.body + " and then " + second.body);
    }
    if (lost.status > 0 && lost.status < 300) {
      verdict_.expect(lost.body == first.body && lost.status == first.status && first.replayed,
                      "the lost answer was another: " + lost.body + " and then " + first.body);
    }
    return first;
  }

 private:
  Verdict& verdict_;
  std::mt19937_64 random_;
};

}  // namespace

void lost_answers(const Options& options, Stage& stage, Verdict& verdict) {
  constexpr std::int64_t kPrice = 1'000;
  const Hall hall = stage.hall(std::min<std::int64_t>(99'999, options.count), 1'000'000, true);
  auto people = stage.people(options.clients, 0);
  std::atomic<std::int64_t> done{0}, replayed{0};
  std::vector<std::int64_t> balances(people.size());
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    Forgetful caller(verdict, options.seed + static_cast<std::uint64_t>(client));
    Person& person = people[static_cast<std::size_t>(client)];
    auto& balance = balances[static_cast<std::size_t>(client)];
    const auto expect = [&](const Reply& reply, int status) {
      ++done;
      verdict.expect(reply.status == status, "answered " + std::to_string(reply.status) + " " + reply.body);
      return reply.status == status;
    };
    for (auto seat = client + 1; done < options.count && seat <= hall.seats; seat += options.clients) {
      if (expect(caller.ask(http, charge_ask(person, kPrice + 1), replayed), 200)) balance += kPrice + 1;
      if (!get_inside(person, hall, http, verdict)) continue;
      const auto held = caller.ask(http, hold_ask(person, hall, {seat}), replayed);
      if (!expect(held, 201)) continue;
      const auto reservation = held.number("reservationId");
      if (expect(caller.ask(http, pay_ask(person, reservation), replayed), 201)) balance -= kPrice;
      if (expect(caller.ask(http, cancel_ask(person, reservation), replayed), 200)) balance += kPrice;
    }
  });
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto has =
        stage.connection().row("SELECT balance FROM account WHERE id = ?", people[i].id)->integer(0);
    verdict.expect(has == balances[i],
                   std::to_string(has) + " won instead of " + std::to_string(balances[i]));
  }
  std::string users;
  for (const auto& person : people) users += (users.empty() ? "" : ",") + std::to_string(person.id.value);
  const auto answers = stage.number("SELECT COUNT(*) FROM idempotency WHERE user_id IN (" + users + ")");
  verdict.expect(answers == done, std::to_string(answers) + " effects of " + std::to_string(done.load()));
  std::cout << "answers: " << done << " answers lost, " << answers << " effects, " << replayed
            << " first retries answered from the stored answer\n";
}

}  // namespace boxoffice::races
