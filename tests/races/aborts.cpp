// Requests that break off: after every byte, in order (FIN) and with a reset (RST). What is not
// complete is not carried out; what is complete is carried out once or not at all; and whoever asks
// again under the same key is told one and the same thing.
#include <algorithm>
#include <iostream>
#include <sys/socket.h>
#include <unistd.h>

#include "races/suite.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kCharged = 7;

void send_part_and_hang_up(const std::string& bytes, std::size_t length, bool reset, std::int64_t pause) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto there = stack_address();
  if (connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0) {
    send(fd, bytes.data(), length, MSG_NOSIGNAL);
  }
  if (pause > 0) pause_micros(pause);
  const linger at_once{1, 0};
  if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

// One kind of request, by one client for whom nobody else asks.
struct Deed {
  Ask ask;
  int status;
};

std::vector<Deed> deeds(const Person& person, const Hall& hall, std::int64_t seat) {
  const auto user = std::to_string(person.id.value);
  Ask charge = charge_ask(person, kCharged), old_charge = charge;
  old_charge.path = "/api/" + user + "/charge";
  old_charge.access.clear();
  old_charge.place = person.place;
  Ask old_hold{"POST", "/api/booking/" + std::to_string(hall.concert.value) + "/seat",
               "{\"concertAt\":\"" + hall.date + "\",\"reservationAmount\":1000,\"seatNumbers\":[\"" +
                   std::to_string(seat) + "\"]}",
               {}, person.place, {}};
  return {{charge, 200}, {old_charge, 200}, {hold_ask(person, hall, {seat}), 201}, {old_hold, 200}};
}

class Quitter {
 public:
  Quitter(const Person& person, Verdict& verdict, std::uint64_t seed)
      : person_(person), verdict_(verdict), random_(seed) {}

  // Breaks off after `length` bytes, or after all of them, and asks again twice.
  void quit(Client& http, Deed deed, std::size_t length, bool reset) {
    deed.ask.key = new_key();
    const auto bytes = as_bytes(deed.ask);
    length = std::min(length, bytes.size());
    // Before the server has looked at it, while it is at it, or afterwards.
    const auto pause = static_cast<std::int64_t>(random_() % 3 * (random_() % 1'500));
    send_part_and_hang_up(bytes, length, reset, pause);
    const auto what = deed.ask.method + " " + deed.ask.path + " broken off after " + std::to_string(length) +
                      " of " + std::to_string(bytes.size()) + " bytes";
    const auto first = http.insist(deed.ask), second = http.insist(deed.ask);
    verdict_.expect(first.status == deed.status, what + " and asked again: " +
                                                     std::to_string(first.status) + " " + first.body);
    verdict_.expect(length == bytes.size() || !first.replayed, what + " was carried out");
    verdict_.expect(second.replayed && second.status == first.status && second.body == first.body,
                    what + " and asked twice: " + first.body + " and then " + second.body);
    carried_out_ += first.replayed ? 1 : 0;
    if (deed.ask.method == "PATCH") balance_ += kCharged;
    if (const auto reservation = first.number("reservationId"); reservation > 0) {
      http.insist(cancel_ask(person_, reservation));
    }
  }
  [[nodiscard]] std::int64_t balance() const { return balance_; }
  [[nodiscard]] std::int64_t carried_out() const { return carried_out_; }

 private:
  const Person& person_;
  Verdict& verdict_;
  std::mt19937_64 random_;
  std::int64_t balance_ = 0, carried_out_ = 0;
};

}  // namespace

// `count` offsets of each request, spread over it, the last bytes in any case.
void aborts(const Options& options, Stage& stage, Verdict& verdict) {
  constexpr std::size_t kLast = 4;
  const Hall hall = stage.hall(options.clients, 1'000'000, true);
  auto people = stage.people(options.clients, 0);
  for (auto& person : people) stage.let_in(person, hall.queue);
  std::atomic<std::int64_t> done{0}, carried_out{0};
  std::atomic<std::size_t> next{0};
  std::vector<std::int64_t> balances(people.size());
  std::size_t longest = 0;
  for (auto [ask, status] : deeds(people.back(), hall, hall.seats)) {
    ask.key = new_key();
    longest = std::max(longest, as_bytes(ask).size());
  }
  const auto step = std::max<std::size_t>(1, longest / static_cast<std::size_t>(options.count));
  at_once(options.clients, [&](std::int64_t client, Client& http) {
    const auto& person = people[static_cast<std::size_t>(client)];
    Quitter quitter(person, verdict, options.seed + static_cast<std::uint64_t>(client));
    const auto all = deeds(person, hall, client + 1);
    for (auto at = next++; at <= longest / step + kLast; at = next++) {
      for (const auto& deed : all) {
        auto whole = deed.ask;
        whole.key = new_key();
        const auto size = as_bytes(whole).size();
        const bool is_last = at <= kLast;
        const auto length = is_last ? size - at : (at - kLast - 1) * step + options.seed % step;
        if (length > size) continue;
        for (const bool reset : {false, true}) {
          quitter.quit(http, deed, length, reset);
          ++done;
        }
      }
    }
    balances[static_cast<std::size_t>(client)] = quitter.balance();
    carried_out += quitter.carried_out();
  });
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto has =
        stage.connection().row("SELECT balance FROM account WHERE id = ?", people[i].id)->integer(0);
    verdict.expect(has == balances[i],
                   std::to_string(has) + " won instead of " + std::to_string(balances[i]));
  }
  std::cout << "aborts: " << done << " requests broken off, at every " << step << ". of up to " << longest
            << " bytes; " << carried_out << " of them had been complete and were carried out, each once\n";
}

}  // namespace boxoffice::races
