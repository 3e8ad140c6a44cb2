// The fixture of the database tests: every test finds empty tables and makes what it needs (queue,
// concert, seats, users), so tests may run in any order. After each test every invariant of the
// system is checked by the same audit that operators run.
//
// Time is moved, never waited for: set_clock moves a connection's clock, and with it NOW(6).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "account/service.h"
#include "audit/service.h"
#include "booking/service.h"
#include "payment/service.h"
#include "queue/service.h"
#include "support/outcome.h"
#include "token/token.h"
#include "wallet/service.h"

namespace boxoffice::checks {

inline db::Access access() { return db::access_from(read_config().config); }

struct Show {
  seating::Concert concert;
  seating::Session session;
};
struct Person {
  UserId user;
  TicketKey place;
  token::Claims claims;
  [[nodiscard]] queue::Admission admission() const { return {place, claims.id}; }
};
// A payment's and a hold's usual terms.
inline constexpr booking::HoldLimits kHoldLimits{10, 300};
inline constexpr wallet::Limits kChargeLimits{Won{10'000'000}, Won{1'000'000'000}};
inline constexpr std::int64_t kTokenSeconds = 86'400;

class World : public ::testing::Test {
 protected:
  db::Connection db{access()};

  World() {
    for (const char* table : {"idempotency", "outbox", "payment", "reservation_seat", "reservation",
                              "seat", "session", "concert", "departure", "visit", "ticket",
                              "ledger", "account"}) {
      db.command(std::string("DELETE FROM ") + table);
    }
    db.command("DELETE FROM queue WHERE id <> 1");
  }
  void TearDown() override { EXPECT_EQ(broken(), ""); }

  // The names of the invariants that do not hold, but for one.
  std::string broken(std::string_view exempt = {}) {
    db::Connection auditor(access());
    if (clock_ > now(auditor)) set_clock(auditor, clock_);
    std::string names;
    for (const auto& finding : audit::run(auditor, kHoldLimits.seats_per_user_max).findings) {
      const std::string name = finding.invariant->name;
      if (!finding.rows.empty() && name != exempt) names += name + " ";
    }
    return names;
  }

  // ---- asking
  template <class... P>
  std::int64_t number(std::string_view sql, const P&... parameters) {
    return db.row(sql, parameters...).value().integer(0);
  }
  template <class... P>
  std::string text(std::string_view sql, const P&... parameters) {
    return db.row(sql, parameters...).value().text(0);
  }
  static Instant now(db::Connection& connection) { return seating::load_now(connection); }
  Instant now() { return now(db); }

  // ---- time
  // Stops the connection's clock at this instant. Half a microsecond keeps the server, which
  // truncates a floating-point number of seconds, from losing one.
  void set_clock(db::Connection& connection, Instant at) {
    connection.command("SET timestamp = " + std::to_string(at.micros / 1'000'000) + "." +
                       fraction(at.micros % 1'000'000) + "5");
    ASSERT_EQ(now(connection).micros, at.micros);
    clock_ = std::max(clock_, at);
  }
  void set_clock(Instant at) { set_clock(db, at); }
  void real_clock() { db.command("SET timestamp = DEFAULT"); }

  // ---- making
  QueueId make_queue(std::int64_t capacity = 100, std::int64_t claim_seconds = 120,
                     std::int64_t visit_seconds = 600) {
    const auto id = db.row("INSERT INTO queue (name, capacity, claim_seconds, visit_seconds) "
                           "VALUES (?, ?, ?, ?) RETURNING id",
                           token::new_uuid(), capacity, claim_seconds, visit_seconds)
                        ->id<QueueId>(0);
    db.command("CREATE SEQUENCE ticket_number_" + std::to_string(id.value) + " CACHE 100");
    return id;
  }

  UserId make_user(std::int64_t balance = 0) {
    const auto user = db::transact(db, [&](db::Tx& tx) {
      return account::register_user(tx, {token::new_uuid(), {}, {}});
    });
    if (balance > 0) give(user->id, balance);
    return user->id;
  }
  // Money from nowhere, with the history that belongs to it.
  void give(UserId user, std::int64_t amount) {
    db.change("UPDATE account SET balance = balance + ? WHERE id = ?", amount, user);
    db.change("INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) "
              "SELECT id, 'CHARGE', ?, balance, NOW(6) FROM account WHERE id = ?", amount, user);
  }

  Show make_show(QueueId queue, int seats = 10, std::int64_t price = 1000) {
    const Instant at = now();
    const auto concert = db.row("INSERT INTO concert (name, queue_id, reservation_open_at, "
                                "reservation_close_at) VALUES ('A concert', ?, ?, ?) RETURNING id",
                                queue, at.plus_seconds(-86'400), at.plus_seconds(86'400))
                             ->id<ConcertId>(0);
    return {*seating::load_concert(db, concert),
            make_session(concert, at.plus_seconds(7 * 86'400), seats, price)};
  }
  seating::Session make_session(ConcertId concert, Instant starts_at, int seats,
                                std::int64_t price) {
    const auto id = db.row("INSERT INTO session (concert_id, starts_at, cancel_until, seat_count) "
                           "VALUES (?, ?, ?, ?) RETURNING id",
                           concert, starts_at, starts_at.plus_seconds(-86'400), seats)
                        ->id<SessionId>(0);
    db.change("INSERT INTO seat (session_id, number, price) SELECT ?, seq, ? FROM seq_1_to_99999 "
              "WHERE seq <= ?", id, price, seats);
    return *seating::load_session(db, id);
  }

  // A new user in line, or whoever is named.
  Person join(db::Connection& connection, QueueId queue, UserId user) {
    const auto ticket = db::transact(connection, [&](db::Tx& tx) {
      return queue::take_place(tx, {queue, user, token::new_uuid(), kTokenSeconds});
    });
    return {user, ticket->key, queue::claims_of(*ticket, "a-uuid")};
  }
  Person join(QueueId queue) { return join(db, queue, make_user()); }

  // A new user inside, with a claimed visit. REQUIRES: room in the queue.
  Person enter(QueueId queue, std::int64_t balance = 0) { return enter(queue, make_user(balance)); }
  // Whoever is named, in a place of their own.
  Person enter(QueueId queue, UserId user) {
    const Person person = join(db, queue, user);
    queue::advance(db, queue);
    const auto entered = queue::enter(db, person.claims);
    EXPECT_EQ(outcome(entered), "ok");
    return person;
  }

  // ---- doing
  static Result<booking::Hold> hold(db::Connection& connection, const Person& person,
                                    const Show& show, const std::vector<std::int64_t>& numbers,
                                    const booking::HoldLimits& limits = kHoldLimits) {
    std::vector<SeatNumber> seats;
    for (const auto each : numbers) seats.push_back({each});
    auto admission = person.admission();
    return db::transact(connection, [&](db::Tx& tx) {
      return booking::hold_seats(
          tx, admission, {person.user, show.concert.id, show.session.id, seats, {}}, limits);
    });
  }
  Result<booking::Hold> hold(const Person& person, const Show& show,
                             const std::vector<std::int64_t>& numbers) {
    return hold(db, person, show, numbers);
  }

  static Result<payment::Payment> pay(db::Connection& connection, const Person& person,
                                      ReservationId reservation,
                                      std::optional<Won> said = std::nullopt) {
    auto admission = person.admission();
    return db::transact(connection, [&](db::Tx& tx) {
      return payment::pay(tx, admission, {person.user, reservation, said});
    });
  }
  Result<payment::Payment> pay(const Person& person, ReservationId reservation) {
    return pay(db, person, reservation);
  }

  static Result<booking::Cancellation> cancel(db::Connection& connection, const Person& person,
                                              ReservationId reservation) {
    return db::transact(connection, [&](db::Tx& tx) {
      return booking::cancel(tx, reservation, person.user);
    });
  }
  Result<booking::Cancellation> cancel(const Person& person, ReservationId reservation) {
    return cancel(db, person, reservation);
  }

  // ---- looking
  std::string seat(const Show& show, std::int64_t which) {
    return text("SELECT CONCAT(state, ' ', COALESCE(reservation_id, '-')) FROM seat "
                "WHERE session_id = ? AND number = ?", show.session.id, which);
  }
  static std::string held_by(ReservationId id) { return "HELD " + std::to_string(id.value); }
  static std::string sold_to(ReservationId id) { return "SOLD " + std::to_string(id.value); }
  std::string shown(ReservationId id) {
    return name_of(booking::find(db, id, {})->status);
  }
  std::int64_t balance(UserId user) { return wallet::balance(db, user)->value; }
  std::string ticket_state(TicketKey key) {
    return text("SELECT CONCAT(state, '') FROM ticket WHERE queue_id = ? AND number = ?", key.queue,
                key.number);
  }
  // Everything that a refused deed must leave as it was.
  std::string fingerprint(UserId user) {
    return text("SELECT CONCAT_WS('/', (SELECT balance FROM account WHERE id = ?), "
                "(SELECT COUNT(*) FROM ledger), (SELECT COUNT(*) FROM payment), "
                "(SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM reservation), "
                "(SELECT COUNT(*) FROM reservation_seat), "
                "(SELECT GROUP_CONCAT(CONCAT(number, ends_at) ORDER BY queue_id, number) FROM "
                " visit WHERE user_id = ?), "
                "(SELECT GROUP_CONCAT(state ORDER BY queue_id, number) FROM ticket "
                " WHERE user_id = ?), "
                "(SELECT CONCAT_WS(',', SUM(state = 'HELD'), SUM(state = 'SOLD')) FROM seat))",
                user, user, user);
  }

 private:
  static std::string fraction(std::int64_t micros) {
    const std::string digits = std::to_string(micros);
    return std::string(6 - digits.size(), '0') + digits;
  }
  Instant clock_;
};

}  // namespace boxoffice::checks
