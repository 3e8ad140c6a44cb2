// The waiting line: a fair place for each user, admission strictly by number, visits with limits.
//
// The promise: if one request for a place was answered before another was sent, the first has the
// lower number; and those admitted are always a prefix of the line.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "queue/rules.h"
#include "queue/store.h"
#include "token/token.h"

namespace boxoffice::queue {

// What a caller is told about a place.
struct View {
  TicketKey key;
  UserId user;
  Status status;
  std::int64_t waiting_number;        // 1 is next; 0 once admitted, and ever after
  Instant joined_at;
  Expectation expected;               // when in; for those who are in: since when
  std::optional<Instant> expires_at;  // the end of the visit, once admitted
  std::int64_t poll_after_ms;
};

// A worker's last look at each queue, so that waiting users are answered without the database.
// It is a cache: correctness never rests on it, and it is never older than `max_age_ms`.
class Watch {
 public:
  explicit Watch(std::int64_t max_age_ms) : max_age_ms_(max_age_ms) {}

  struct Look {
    Snapshot queue;
    std::int64_t taken_ms = 0;            // monotonic
    bool expired = false;
    std::vector<TicketNumber> departed;   // sorted
    [[nodiscard]] Instant now() const;    // the database's clock, carried on by ours
    // Whether this place is asked of the database: it may be called at any moment, or has been given up.
    [[nodiscard]] bool must_ask(TicketNumber number) const;
  };
  // nullptr where there is no such queue. `fresh` tells whether it was read just now.
  const Look* look(db::Connection& connection, QueueId queue, bool& fresh);
  // The next look reads again: something has just changed.
  void expire(QueueId queue);

 private:
  std::int64_t max_age_ms_;
  std::map<QueueId, Look> looks_;
};

// Takes a place, or finds the user's live one again: nobody holds two in one queue.
Result<Ticket> take_place(db::Tx& tx, const NewTicket& wanted);

// The same for a user registered in this transaction, who cannot have a place yet.
Result<Ticket> take_first_place(db::Tx& tx, const NewUser& user, const NewTicket& wanted);

// The claims of the token that holds a place: the same place, the same token.
token::Claims claims_of(const Ticket& ticket, const std::string& user_uuid);

// Any state. TOKEN_INVALID where the place does not exist or another token holds it.
Result<View> status(db::Connection& connection, Watch& watch, const token::Claims& claims);

// The same, always as the database has it now: an exact number, and let in at once where there is
// room.
Result<View> status_now(db::Connection& connection, const token::Claims& claims);

// The gate of protected calls, where their own statement has not found the caller inside (see
// queue/admission.h): says why, or claims the visit, which the first of them does.
// TOKEN_INVALID, NOT_ADMITTED (with the caller's number), PLACE_EXPIRED.
Result<Done> enter(db::Connection& connection, const token::Claims& claims);

// Gives the place up, waiting or inside; a place that is over stays so. TOKEN_INVALID.
Result<Done> leave_line(db::Tx& tx, const token::Claims& claims);

struct Advance {
  bool ran = false;  // false: somebody else is at it
  std::int64_t ended = 0, admitted = 0;
  bool more = false;  // to be done: this was as much as one transaction takes
};
// Ends visits that ran out, admits as many as there is room for, strictly by number; no more of
// each than one transaction can carry.
inline constexpr std::int64_t kAdvanceMax = 10'000;
Advance advance(db::Connection& connection, QueueId queue);
// The same where it is only a courtesy: faults are logged, not thrown.
void try_advance(db::Connection& connection, QueueId queue) noexcept;

struct AdvanceAll {
  std::int64_t queues = 0, ended = 0, admitted = 0;
};
// Moves every line on as far as it goes. One line's fault keeps no other back, and is thrown at the end.
AdvanceAll advance_all(db::Connection& connection);

// Forgets one batch of the numbers that were given up and that the line has passed; how many.
std::int64_t forget_departures(db::Connection& connection, QueueId queue, std::int64_t limit);

struct Progress {
  TicketNumber served, last;
  std::optional<double> admitted_per_minute;
  Instant as_of;
};
// CONCERT_NOT_FOUND where a concert is named that does not exist.
Result<Progress> progress(db::Connection& connection, QueueId queue);

inline constexpr QueueId kDefaultQueue{1};
Result<QueueId> queue_for(db::Connection& connection, std::optional<ConcertId> concert);

}  // namespace boxoffice::queue
