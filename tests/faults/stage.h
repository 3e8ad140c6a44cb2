// What the suites of faults and races play on: people, halls, places and holds, written by SQL in
// one go; and what they look at afterwards: the audit's invariants and a digest of the whole state.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "base/ids.h"
#include "db/connection.h"
#include "token/token.h"

namespace boxoffice::faults {

struct Person {
  UserId id;
  std::string uuid, name;
  std::string access;  // an access token
  std::string place;   // a queue token, where they have a place
  TicketKey ticket{};
};

struct Hall {
  QueueId queue;
  ConcertId concert;
  SessionId session;
  std::int64_t seats;
  std::string date;
  [[nodiscard]] std::int64_t seat_id(std::int64_t number) const;
};

class Stage {
 public:
  Stage();  // the database and the key of the settings

  db::Connection& connection() { return connection_; }
  const Config& config() const { return config_; }

  // Waits for the database, where it was killed and is coming back, and connects again.
  void wake();
  // Nothing is left but an empty default queue.
  void clear();
  // A concert on sale with one session; its seats cost 1,000 won. Queue 1, or one of its own.
  Hall hall(std::int64_t seats, std::int64_t capacity, bool own_queue = false);
  Person person(std::int64_t balance = 0);
  std::vector<Person> people(std::int64_t count, std::int64_t balance);

  // Very many at the cost of one statement.
  std::vector<Person> crowd(std::int64_t count);

  // Gives the person a place, as joining and an advance would have written it.
  void wait_in_line(Person& person, QueueId queue);
  void let_in(Person& person, QueueId queue, bool claimed = true);
  // A hold of theirs on these seats, and a payment for it.
  std::int64_t hold(const Person& person, const Hall& hall, const std::vector<std::int64_t>& seats);
  void pay(const Person& person, std::int64_t reservation);
  void lapse(std::int64_t reservation);  // the hold's last instant is past

  // The names of the invariants that are broken; empty where all hold.
  std::string broken();
  // Everything that operations change, as one text, without ids and instants. Lines are moved on
  // first, so that whether an operation got to that, too, makes no difference.
  std::string digest();
  std::int64_t number(const std::string& sql);  // the one number that a statement answers

 private:
  std::string ticket_token(Person& person, QueueId queue, const char* state);
  Config config_;
  db::Connection connection_;
  token::Signer signer_;
};

}  // namespace boxoffice::faults
