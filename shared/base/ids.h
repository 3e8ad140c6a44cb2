// Identifiers as distinct types, so that a session is never passed where a seat is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace boxoffice {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  constexpr auto operator<=>(const Id&) const = default;
};

using UserId = Id<struct UserTag>;
using QueueId = Id<struct QueueTag>;
using ConcertId = Id<struct ConcertTag>;
using SessionId = Id<struct SessionTag>;
using ReservationId = Id<struct ReservationTag>;
using PaymentId = Id<struct PaymentTag>;
using LedgerId = Id<struct LedgerTag>;

// The number on a seat: 1 to 99,999 within its session.
using SeatNumber = Id<struct SeatNumberTag>;
// A place's number in its line: 1 is the first that was given out.
using TicketNumber = Id<struct TicketNumberTag>;

// Ids that the API shows for things whose key is a pair. They are arithmetic, not columns: no
// index to keep, none to look up. Both stay exact in JavaScript (below 2^53).
struct SeatKey {
  SessionId session;
  SeatNumber number;
  static constexpr std::int64_t kNumbers = 100'000;
  [[nodiscard]] constexpr std::int64_t id() const { return session.value * kNumbers + number.value; }
  static constexpr SeatKey of(std::int64_t id) {
    return {SessionId{id / kNumbers}, SeatNumber{id % kNumbers}};
  }
};

struct TicketKey {
  QueueId queue;
  TicketNumber number;
  static constexpr std::int64_t kNumbers = 10'000'000'000;
  [[nodiscard]] constexpr std::int64_t id() const { return queue.value * kNumbers + number.value; }
};

// An amount of money in whole won.
struct Won {
  std::int64_t value = 0;
  constexpr auto operator<=>(const Won&) const = default;
  constexpr Won operator+(Won other) const { return {value + other.value}; }
  constexpr Won operator-(Won other) const { return {value - other.value}; }
};

}  // namespace boxoffice
