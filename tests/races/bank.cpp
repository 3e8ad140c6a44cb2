// Money under load: every answer that says "done" is a promise, and at the end (and in between)
// the books must say the same. With --kill, processes die meanwhile; every operation then is
// repeated under its key until somebody says what became of it.
#include <algorithm>
#include <iostream>

#include "races/killer.h"
#include "races/suite.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kPrice = 1'000;

struct Books {
  std::atomic<std::int64_t> charged{0}, paid{0}, refunded{0}, operations{0}, retries{0};
  std::mutex mutex;
  Manners manners;  // of all clients together
  void take(const Client& client) {
    retries += client.retries();
    const std::lock_guard<std::mutex> lock(mutex);
    const auto& one = client.manners();
    manners.unanswered += one.unanswered;
    manners.misshapen += one.misshapen;
    manners.longest_micros = std::max(manners.longest_micros, one.longest_micros);
    if (!one.example.empty()) manners.example = one.example;
  }
};

// One person's life at the till; what they were told about their balance is what it must be.
class Customer {
 public:
  Customer(const Hall& hall, Books& books, Verdict& verdict, std::uint64_t seed)
      : hall_(hall), books_(books), verdict_(verdict), random_(seed) {}

  void live(Person& person, std::int64_t& balance, Client& http) {
    charge(person, balance, http);
    if (random_() % 2 == 0) charge(person, balance, http);
    ++books_.operations;
    if (!get_inside(person, hall_, http, verdict_)) return;
    const auto seat = 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(hall_.seats));
    const auto held = insist(http, hold_ask(person, hall_, {seat}));
    if (held.status == 409 && held.body.find("SEAT_TAKEN") != std::string::npos) return;
    if (!is(held, 201, "holding")) return;
    const auto reservation = held.number("reservationId");
    if (random_() % 4 != 0) pay(person, reservation, balance, http);
    // Nearly all of it is given back, so that seats do not run out.
    if (random_() % 10 == 0) return;
    const auto canceled = insist(http, cancel_ask(person, reservation));
    if (!is(canceled, 200, "cancelling")) return;
    balance += canceled.number("refundedAmount");
    books_.refunded += canceled.number("refundedAmount");
  }

 private:
  void charge(const Person& person, std::int64_t& balance, Client& http) {
    const auto amount = kPrice + static_cast<std::int64_t>(random_() % 500);
    const auto reply = insist(http, charge_ask(person, amount));
    if (!is(reply, 200, "charging")) return;
    balance += amount;
    books_.charged += amount;
    verdict_.expect(reply.number("totalAmount") == balance,
                    "a charge left " + reply.body + " instead of " + std::to_string(balance));
  }

  void pay(const Person& person, std::int64_t reservation, std::int64_t& balance, Client& http) {
    const auto reply = insist(http, pay_ask(person, reservation));
    if (!is(reply, 201, "paying")) return;
    balance -= kPrice;
    books_.paid += kPrice;
    verdict_.expect(reply.number("balance") == balance,
                    "a payment left " + reply.body + ", not " + std::to_string(balance));
  }

  Reply insist(Client& http, Ask ask) {
    ask.key = new_key();
    ++books_.operations;
    return http.insist(ask);
  }
  bool is(const Reply& reply, int status, const std::string& what) {
    verdict_.expect(reply.status == status,
                    what + " answered " + std::to_string(reply.status) + " " + reply.body);
    return reply.status == status;
  }

  const Hall& hall_;
  Books& books_;
  Verdict& verdict_;
  std::mt19937_64 random_;
};

}  // namespace

void bank(const Options& options, Stage& stage, Verdict& verdict) {
  const auto users = std::max<std::int64_t>(options.clients, options.users);
  const Hall hall = stage.hall(std::min<std::int64_t>(99'999, 500 + options.count / 20), 1'000'000, true);
  auto people = stage.people(users, 0);
  std::vector<std::int64_t> balances(people.size());
  // Theirs alone: others may be at it in the same database.
  std::string ids;
  for (const auto& person : people) ids += (ids.empty() ? "" : ",") + std::to_string(person.id.value);
  const auto money = [&] {
    return stage.number("SELECT COALESCE(SUM(balance), 0) FROM account WHERE id IN (" + ids + ")");
  };
  const auto before = money();
  Books books;
  Killer killer(options, verdict);
  std::atomic<std::int64_t> audits{0};
  std::atomic<bool> open{true};
  std::jthread auditor([&] {
    Stage own;
    std::int64_t took = 0;
    while (open) {
      // Audits take half of the time at most, however much there is to read.
      pause_micros(std::max<std::int64_t>(1'000'000, took));
      const auto begun = monotonic_micros();
      try {
        const auto broken = own.broken();
        verdict.expect(broken.empty(), "audit meanwhile: " + broken);
        ++audits;
      } catch (const db::Fault&) {
        own.connection().close();  // the database was killed under it; the next one will do
      }
      took = monotonic_micros() - begun;
    }
  });
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    Customer customer(hall, books, verdict, options.seed + static_cast<std::uint64_t>(client));
    // Each person is one client's own, so that it is known what their balance must be.
    for (auto i = client; books.operations < options.count || !killer.done();
         i = i + options.clients < users ? i + options.clients : client) {
      const auto who = static_cast<std::size_t>(i);
      customer.live(people[who], balances[who], http);
      if (verdict.failures() > 100) return;
    }
    books.take(http);
  });
  killer.stop();
  open = false;
  auditor.join();
  stage.wake();
  const auto& manners = books.manners;
  verdict.expect(manners.misshapen == 0, std::to_string(manners.misshapen) +
                                             " answers out of shape, like: " + manners.example);
  verdict.expect(manners.unanswered == 0 || killer.may_hang_up(),
                 std::to_string(manners.unanswered) + " requests without an answer");
  const auto after = money();
  const auto expected = books.charged - books.paid + books.refunded;
  verdict.expect(after - before == expected, "the books say " + std::to_string(expected) +
                                                 ", the accounts " + std::to_string(after - before));
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto has =
        stage.connection().row("SELECT balance FROM account WHERE id = ?", people[i].id)->integer(0);
    verdict.expect(has == balances[i], "user " + std::to_string(people[i].id.value) + " has " +
                                           std::to_string(has) + ", not " + std::to_string(balances[i]));
  }
  std::cout << "bank: " << books.operations << " operations of " << users << " users, charged "
            << books.charged << ", paid " << books.paid << ", refunded " << books.refunded
            << ", conserved to the won; " << audits << " audits meanwhile, " << books.retries
            << " retries, " << manners.unanswered << " hung up on, longest answer "
            << manners.longest_micros / 1000 << " ms; " << killer.report() << "\n";
}

// One user, every connection: charges, payments of one hold, cancellations of it, all at once.
void one_wallet(const Options& options, Stage& stage, Verdict& verdict) {
  constexpr std::int64_t kRound = 64;
  std::int64_t done = 0, rounds = 0;
  for (; done < options.count; done += kRound, ++rounds) {
    const Hall hall = stage.hall(2, 100, true);
    auto person = stage.person(5 * kPrice);
    stage.let_in(person, hall.queue);
    const auto reservation = stage.hold(person, hall, {1});
    std::atomic<std::int64_t> charged{0}, payments{0}, releases{0}, refunds{0};
    at_once(kRound, [&](std::int64_t client, Client& http) {
      const auto kind = client % 3;
      const auto reply = http.send(kind == 0   ? charge_ask(person, 7)
                                   : kind == 1 ? pay_ask(person, reservation)
                                               : cancel_ask(person, reservation));
      verdict.expect(reply.status > 0 && reply.status < 500,
                     "answered " + std::to_string(reply.status) + " " + reply.body);
      if (kind == 0 && reply.status == 200) ++charged;
      if (kind == 1 && reply.status == 201) ++payments;
      if (kind == 2 && reply.status == 200) ++(reply.number("refundedAmount") > 0 ? refunds : releases);
    });
    verdict.expect(charged == (kRound + 2) / 3, "a charge was refused");
    verdict.expect(payments <= 1 && releases + refunds == 1 && refunds == payments,
                   std::to_string(payments.load()) + " payments, " + std::to_string(releases.load()) +
                       " releases, " + std::to_string(refunds.load()) + " refunds");
    const auto has =
        stage.connection().row("SELECT balance FROM account WHERE id = ?", person.id)->integer(0);
    verdict.expect(has == 5 * kPrice + 7 * charged, "a balance of " + std::to_string(has));
  }
  std::cout << "wallet: " << rounds << " users, each from " << kRound
            << " connections at once: one payment or none, one end, every charge once\n";
}

}  // namespace boxoffice::races
