// Money under load: every answer that says "done" is a promise, and at the end (and in between)
// the books must say the same. With --kill, processes die meanwhile; every operation then is
// repeated under its key until somebody says what became of it.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <stop_token>
#include <thread>

#include "races/killer.h"
#include "races/suite.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kPrice = 1'000;
// So that seats do not run out, however long it takes, people give back what they bought long ago.
constexpr std::size_t kKeptMax = 3;

struct Books {
  std::atomic<std::int64_t> charges{0}, payments{0}, cancellations{0}, refunds{0};
  std::atomic<std::int64_t> charged{0}, taken{0}, retries{0};
  std::atomic<std::int64_t> unseen{0};  // shown as let in, and then not
  std::mutex mutex;
  Manners manners;  // of all clients together
  [[nodiscard]] std::int64_t operations() const { return charges + payments + cancellations; }
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

// What a person has and has been told.
struct Purse {
  std::int64_t balance = 0;
  struct Kept {
    std::int64_t reservation;
    bool paid;
  };
  std::deque<Kept> kept;  // the oldest first
};

// One person's life at the till; what they were told about their balance is what it must be.
class Customer {
 public:
  Customer(const Hall& hall, Books& books, const Killer& killer, Verdict& verdict, std::uint64_t seed)
      : hall_(hall), books_(books), killer_(killer), verdict_(verdict), random_(seed) {}

  void live(Person& person, Purse& purse, Client& http) {
    do charge(person, purse, http);
    while (random_() % 3 != 0);
    if (!get_inside(person, hall_, http, verdict_)) return;
    const auto seat = 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(hall_.seats));
    auto held = insist(http, hold_ask(person, hall_, {seat}));
    if (killer_.may_unsee() && held.body.find("NOT_ADMITTED") != std::string::npos) {
      ++books_.unseen;
      if (!get_inside(person, hall_, http, verdict_)) return;
      held = insist(http, hold_ask(person, hall_, {seat}));
    }
    if (held.status == 409 && held.body.find("SEAT_TAKEN") != std::string::npos) {
      ++books_.taken;
      return;
    }
    if (!is(held, 201, "holding")) return;
    purse.kept.push_back({held.number("reservationId"), false});
    if (random_() % 4 != 0) pay(person, purse, http);
    // Mostly the one just made is given back, sometimes an older one.
    if (random_() % 4 != 0) {
      cancel(person, purse, purse.kept.size() - 1, http);
    } else if (purse.kept.size() > kKeptMax) {
      cancel(person, purse, 0, http);
    }
  }

 private:
  void charge(const Person& person, Purse& purse, Client& http) {
    const auto amount = kPrice + static_cast<std::int64_t>(random_() % 500);
    const auto reply = insist(http, charge_ask(person, amount));
    if (!is(reply, 200, "charging")) return;
    ++books_.charges;
    books_.charged += amount;
    purse.balance += amount;
    verdict_.expect(reply.number("totalAmount") == purse.balance,
                    "a charge left " + reply.body + " instead of " + std::to_string(purse.balance));
  }

  void pay(const Person& person, Purse& purse, Client& http) {
    const auto reply = insist(http, pay_ask(person, purse.kept.back().reservation));
    if (!is(reply, 201, "paying")) return;
    ++books_.payments;
    purse.kept.back().paid = true;
    purse.balance -= kPrice;
    verdict_.expect(reply.number("balance") == purse.balance,
                    "a payment left " + reply.body + ", not " + std::to_string(purse.balance));
  }

  void cancel(const Person& person, Purse& purse, std::size_t index, Client& http) {
    const auto kept = purse.kept[index];
    purse.kept.erase(purse.kept.begin() + static_cast<std::ptrdiff_t>(index));
    const auto reply = insist(http, cancel_ask(person, kept.reservation));
    if (!is(reply, 200, "cancelling")) return;
    ++books_.cancellations;
    if (kept.paid) ++books_.refunds;
    const auto refund = kept.paid ? kPrice : 0;
    purse.balance += refund;
    verdict_.expect(reply.number("refundedAmount") == refund,
                    "a cancellation gave back " + reply.body + ", not " + std::to_string(refund));
  }

  Reply insist(Client& http, Ask ask) {
    ask.key = new_key();
    return http.insist(ask);
  }
  bool is(const Reply& reply, int status, const std::string& what) {
    verdict_.expect(reply.status == status,
                    what + " answered " + std::to_string(reply.status) + " " + reply.body);
    return reply.status == status;
  }

  const Hall& hall_;
  Books& books_;
  const Killer& killer_;
  Verdict& verdict_;
  std::mt19937_64 random_;
};

// Looks through the books again and again while others write in them.
class Auditor {
 public:
  Auditor(const Options& options, Verdict& verdict)
      : thread_([this, &verdict, may_fail = options.kills > 0](const std::stop_token& stop) {
          run(stop, verdict, may_fail);
        }) {}
  // How many audits there were. None begins after this.
  std::int64_t stop() {
    thread_.request_stop();
    thread_.join();
    return audits_;
  }

 private:
  void run(const std::stop_token& stop, Verdict& verdict, bool may_fail) {
    Stage own;
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
      const auto begun = monotonic_micros();
      try {
        const auto broken = own.broken();
        verdict.expect(broken.empty(), "audit meanwhile: " + broken);
        ++audits_;
      } catch (const db::Fault& fault) {
        verdict.expect(may_fail, std::string("audit meanwhile: ") + fault.what());
        own.connection().close();  // the database was killed under it; the next one will do
      }
      // Audits take half of the time at most, however much there is to read.
      const auto took = std::max<std::int64_t>(1'000'000, monotonic_micros() - begun);
      std::unique_lock<std::mutex> lock(mutex);
      stopped.wait_for(lock, stop, std::chrono::microseconds(took), [] { return false; });
    }
  }
  std::int64_t audits_ = 0;
  std::jthread thread_;
};

}  // namespace

void bank(const Options& options, Stage& stage, Verdict& verdict) {
  const auto users = std::max<std::int64_t>(options.clients, options.users);
  const Hall hall = stage.hall(std::min<std::int64_t>(99'999, 500 + options.count / 20), 1'000'000, true);
  auto people = stage.people(users, 0);
  std::vector<Purse> purses(people.size());
  // Theirs alone: others may be at it in the same database.
  std::string ids;
  for (const auto& person : people) ids += (ids.empty() ? "" : ",") + std::to_string(person.id.value);
  const auto money = [&] {
    return stage.number("SELECT COALESCE(SUM(balance), 0) FROM account WHERE id IN (" + ids + ")");
  };
  const auto before = money();
  Books books;
  Killer killer(options, verdict);
  Auditor auditor(options, verdict);
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    Customer customer(hall, books, killer, verdict, options.seed + static_cast<std::uint64_t>(client));
    // Each person is one client's own, so that it is known what their balance must be.
    for (auto i = client; books.operations() < options.count || !killer.done();
         i = i + options.clients < users ? i + options.clients : client) {
      const auto who = static_cast<std::size_t>(i);
      customer.live(people[who], purses[who], http);
      if (verdict.failures() > 100) return;
    }
    books.take(http);
  });
  killer.stop();
  const auto audits = auditor.stop();
  stage.wake();
  verdict.expect(audits > 0 || options.kills > 0, "nobody audited meanwhile");
  verdict.expect(books.refunds > 0, "nobody was given anything back");
  const auto& manners = books.manners;
  verdict.expect(manners.misshapen == 0, std::to_string(manners.misshapen) +
                                             " answers out of shape, like: " + manners.example);
  verdict.expect(manners.unanswered == 0 || killer.may_hang_up(),
                 std::to_string(manners.unanswered) + " requests without an answer");
  const auto after = money();
  const auto expected = books.charged - kPrice * (books.payments - books.refunds);
  verdict.expect(after - before == expected, "the books say " + std::to_string(expected) +
                                                 ", the accounts " + std::to_string(after - before));
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto row = stage.connection().row("SELECT balance FROM account WHERE id = ?", people[i].id);
    const auto has = row ? row->integer(0) : -1;
    verdict.expect(has == purses[i].balance,
                   "user " + std::to_string(people[i].id.value) + " has " + std::to_string(has) +
                       ", not " + std::to_string(purses[i].balance));
  }
  std::cout << "bank: " << books.operations() << " operations of " << users
            << " users: " << books.charges << " charges, " << books.payments << " payments, "
            << books.cancellations << " cancellations (" << books.refunds << " with a refund); "
            << books.taken << " seats were taken; conserved to the won; " << audits
            << " audits meanwhile, " << books.unseen << " admissions shown too early, "
            << books.retries << " retries, " << manners.unanswered
            << " hung up on, longest answer " << manners.longest_micros / 1000 << " ms; "
            << killer.report() << "\n";
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
