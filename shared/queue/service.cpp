#include "queue/service.h"

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace boxoffice::queue {
namespace {

// So many at the front of a full line are told what the database says; a look is young enough for all
// behind them.
constexpr std::int64_t kNextInLine = 100;

Room room_of(const Snapshot& q) {
  return {q.paused, q.capacity, q.inside, q.first_waiting.has_value(),
          q.first_visit_end && *q.first_visit_end <= q.now};
}

Pace pace_of(const Snapshot& q, Instant now) {
  return {measured_per_minute(q.rate, now), q.capacity, q.visit_seconds};
}

View waiting_view(const Snapshot& q, TicketKey key, UserId user, Instant joined_at, Instant now) {
  const auto number = waiting_number(key.number, q.served);
  const auto expected = expect(number, pace_of(q, now), now);
  return {key, user, Status::waiting, number, joined_at, expected, {},
          poll_after_ms(expected, key.number, now)};
}

Status status_of(const Place& place) {
  const auto& state = place.ticket.state;
  if (state == "WAITING") return Status::waiting;
  if (state == "COMPLETED") return Status::completed;
  const bool inside = state == "ADMITTED" && place.visit_ends_at && place.now < *place.visit_ends_at;
  return inside ? Status::activated : Status::expired;
}

View view_of(const Place& place) {
  const Ticket& t = place.ticket;
  const Status status = status_of(place);
  if (status == Status::waiting) {
    return waiting_view(place.queue, t.key, t.user, t.joined_at, place.now);
  }
  constexpr std::int64_t kPollInsideMs = 5'000;
  View view{t.key, t.user, status, 0, t.joined_at, {t.admitted_at.value_or(place.now), true}, {},
            kPollInsideMs};
  if (status == Status::activated) view.expires_at = place.visit_ends_at;
  return view;
}

// A place as the database has it now; whoever is next in line and finds room makes it be given.
std::optional<Place> current_place(db::Connection& connection, TicketKey key) {
  auto place = load_place(connection, key);
  if (!place || place->ticket.state != "WAITING") return place;
  if (!worth_advancing(room_of(place->queue))) return place;
  try_advance(connection, key.queue);
  return load_place(connection, key);
}

Result<Place> own_place(db::Connection& connection, const token::Claims& claims) {
  auto place = current_place(connection, *claims.ticket);
  if (!place || place->ticket.token_id != claims.id) return refuse(ErrorCode::TOKEN_INVALID);
  return std::move(*place);
}

// The user's live place, unless its visit has run out: then the place ends here, and no other, which
// would take who knows how long under the queue's lock.
std::optional<LiveTicket> live_place(db::Tx& tx, const NewTicket& wanted) {
  auto live = load_live_ticket(tx.connection(), wanted.queue, wanted.user);
  if (!live || live->ticket.state != "ADMITTED") return live;
  const auto place = load_place(tx.connection(), live->ticket.key);
  if (!place || status_of(*place) == Status::activated) return live;
  lock(tx, wanted.queue);
  auto queue = load_snapshot(tx.connection(), wanted.queue);
  if (queue && remove_visit_if_ended(tx, live->ticket.key, queue->now)) {
    queue->inside = std::max<std::int64_t>(0, queue->inside - 1);
    save_advance(tx, *queue, TicketNumber{0});
  }
  return {};
}

// Lets in the first in line, as many as there is room for.
struct Called {
  std::vector<TicketNumber> admitted;
  std::optional<TicketNumber> next;  // who would have been
};
Called call(db::Tx& tx, const Snapshot& queue) {
  const auto free = queue.paused ? 0 : queue.capacity - queue.inside;
  const auto room = std::clamp<std::int64_t>(free, 0, kAdvanceMax);
  Called out{load_first_waiting(tx, queue.id, room + 1), {}};
  if (static_cast<std::int64_t>(out.admitted.size()) > room) {
    out.next = out.admitted.back();
    out.admitted.pop_back();
  }
  admit(tx, queue, out.admitted);
  return out;
}

}  // namespace

Instant Watch::Look::now() const {
  return {queue.now.micros + (monotonic_ms() - taken_ms) * 1000};
}

bool Watch::Look::must_ask(TicketNumber number) const {
  // Whoever finds room is let in at once, and so are those who are next when others go. Who stands
  // further back hears of it with the next look.
  const auto room = queue.paused ? 0 : queue.capacity - queue.inside;
  if (number.value <= queue.served.value + std::max(room, std::min(queue.capacity, kNextInLine))) return true;
  return std::binary_search(departed.begin(), departed.end(), number);
}

const Watch::Look* Watch::look(db::Connection& connection, QueueId queue, bool& fresh) {
  const auto found = looks_.find(queue);
  const std::int64_t now_ms = monotonic_ms();
  fresh = found == looks_.end() || found->second.expired ||
          now_ms - found->second.taken_ms >= max_age_ms_;
  if (!fresh) return &found->second;
  const auto snapshot = load_snapshot(connection, queue);
  if (!snapshot) {
    looks_.erase(queue);
    return nullptr;
  }
  Look& look = looks_[queue];
  // Another line by now, which has been given the number of one that was taken away.
  if (snapshot->departures < look.queue.departures) look = {};
  if (snapshot->departures != look.queue.departures) {
    const auto news = load_departures(connection, queue, look.queue.departures, snapshot->served);
    const auto known = static_cast<std::ptrdiff_t>(look.departed.size());
    look.departed.insert(look.departed.end(), news.begin(), news.end());
    std::inplace_merge(look.departed.begin(), look.departed.begin() + known, look.departed.end());
  }
  look.queue = *snapshot;
  look.taken_ms = now_ms;
  look.expired = false;
  const auto called = std::upper_bound(look.departed.begin(), look.departed.end(), snapshot->served);
  look.departed.erase(look.departed.begin(), called);
  return &look;
}

void Watch::expire(QueueId queue) {
  if (const auto found = looks_.find(queue); found != looks_.end()) found->second.expired = true;
}

Result<Ticket> take_place(db::Tx& tx, const NewTicket& wanted) {
  const auto again = [&] {
    auto live = load_live_ticket(tx.connection(), wanted.queue, wanted.user);
    if (!live) throw db::Fault(db::FaultKind::retry, 1062, "a live ticket came and went");
    return std::move(*live);
  };
  auto live = live_place(tx, wanted);
  if (!live) {
    auto ticket = insert_ticket(tx, wanted);
    if (ticket) return std::move(*ticket);
    live = again();  // the same user, at the same moment, from elsewhere: theirs is the place
  }
  if (!live->token_over) return std::move(live->ticket);
  // Who asks from two places at once is given one token in both.
  renew_token_if_over(tx, live->ticket.key, wanted.token_id, wanted.token_seconds);
  return again().ticket;
}

Result<Ticket> take_first_place(db::Tx& tx, const NewUser& user, const NewTicket& wanted) {
  auto ticket = insert_user_and_ticket(tx, user, wanted);
  if (!ticket) return refuse(ErrorCode::NAME_TAKEN);
  return std::move(*ticket);
}

token::Claims claims_of(const Ticket& ticket, const std::string& user_uuid) {
  return {user_uuid, ticket.user, ticket.token_id, ticket.key, ticket.joined_at.seconds(),
          ticket.token_expires_at.seconds()};
}

Result<View> status(db::Connection& connection, Watch& watch, const token::Claims& claims) {
  const TicketKey key = *claims.ticket;
  bool fresh = false;
  const auto* look = watch.look(connection, key.queue, fresh);
  if (look == nullptr) return refuse(ErrorCode::TOKEN_INVALID);
  if (fresh && worth_advancing(room_of(look->queue))) {
    try_advance(connection, key.queue);
    watch.expire(key.queue);
    look = watch.look(connection, key.queue, fresh);
    if (look == nullptr) return refuse(ErrorCode::TOKEN_INVALID);
  }
  if (look->must_ask(key.number)) return status_now(connection, claims);
  const Instant joined{claims.issued_s * 1'000'000};
  return waiting_view(look->queue, key, claims.user, joined, look->now());
}

Result<View> status_now(db::Connection& connection, const token::Claims& claims) {
  TRY(const auto place, own_place(connection, claims));
  return view_of(place);
}

Result<Done> enter(db::Connection& connection, const token::Claims& claims) {
  TRY(const auto place, own_place(connection, claims));
  const View view = view_of(place);
  if (view.status == Status::waiting) {
    return refuse(ErrorCode::NOT_ADMITTED).with("waitingNumber", view.waiting_number);
  }
  if (view.status != Status::activated) return refuse(ErrorCode::PLACE_EXPIRED);
  if (place.claimed) return Done{};
  return db::transact(connection, [&](db::Tx& tx) -> Result<Done> {
    if (claim(tx, view.key, place.queue.visit_seconds)) return Done{};
    // Claimed by another request of the same user, or over by now.
    const auto again = load_place(tx.connection(), view.key);
    if (again && status_of(*again) == Status::activated) return Done{};
    return refuse(ErrorCode::PLACE_EXPIRED);
  });
}

Result<Done> leave_line(db::Tx& tx, const token::Claims& claims) {
  lock(tx, claims.ticket->queue);
  const auto place = load_place(tx.connection(), *claims.ticket);
  if (!place || place->ticket.token_id != claims.id) return refuse(ErrorCode::TOKEN_INVALID);
  leave(tx, *claims.ticket);
  return Done{};
}

Advance advance(db::Connection& connection, QueueId id) {
  const auto done = db::transact(connection, [&](db::Tx& tx) -> Result<Advance> {
    auto queue = lock_if_free(tx, id);
    if (!queue) return Advance{};
    Advance out{true, remove_ended_visits(tx, id, queue->now, kAdvanceMax), 0};
    queue->inside = std::max<std::int64_t>(0, queue->inside - out.ended);
    const auto called = call(tx, *queue);
    out.admitted = static_cast<std::int64_t>(called.admitted.size());
    out.more = out.ended == kAdvanceMax || out.admitted == kAdvanceMax;
    if (out.ended == 0 && out.admitted == 0) return out;
    const auto last = called.admitted.empty() ? TicketNumber{0} : called.admitted.back();
    queue->inside += out.admitted;
    if (out.admitted > 0) queue->rate = fold(queue->rate, out.admitted, queue->now);
    queue->served = std::max(queue->served, last);
    // Numbers that nobody waits with (given up, or never used) do not count as people ahead.
    if (called.next) queue->served = std::max(queue->served, TicketNumber{called.next->value - 1});
    save_advance(tx, *queue, last);
    return out;
  });
  return done.value();
}

void try_advance(db::Connection& connection, QueueId queue) noexcept {
  try {
    advance(connection, queue);
  } catch (const std::exception& fault) {
    // Whoever comes next will notice the room too; this request's own work stands.
    log::write(LogLevel::warning, "advance_failed",
               {{"queue", queue.value}, {"reason", std::string(fault.what())}});
  }
}

AdvanceAll advance_all(db::Connection& connection) {
  AdvanceAll out;
  std::exception_ptr trouble;
  for (const auto queue : load_queue_ids(connection)) {
    try {
      Advance done;
      do {
        done = advance(connection, queue);
        out.ended += done.ended;
        out.admitted += done.admitted;
      } while (done.more);
      ++out.queues;
    } catch (const db::Fault&) {
      trouble = std::current_exception();
    }
  }
  if (trouble) std::rethrow_exception(trouble);
  return out;
}

std::int64_t forget_departures(db::Connection& connection, QueueId id, std::int64_t limit) {
  // Read for itself, because a DELETE locks what it reads, and the line would stand still.
  const auto served = load_served(connection, id);
  return db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
    return forget_departures(tx, id, served, limit);
  }).value();
}

Result<Progress> progress(db::Connection& connection, QueueId queue) {
  const auto snapshot = load_snapshot(connection, queue);
  if (!snapshot) return refuse(ErrorCode::CONCERT_NOT_FOUND);
  const auto last = load_last_number(connection, queue).value_or(TicketNumber{0});
  return Progress{snapshot->served, std::max(last, snapshot->served),
                  measured_per_minute(snapshot->rate, snapshot->now), snapshot->now};
}

Result<QueueId> queue_for(db::Connection& connection, std::optional<ConcertId> concert) {
  if (!concert) return kDefaultQueue;
  const auto queue = load_queue_of(connection, *concert);
  if (!queue) return refuse(ErrorCode::CONCERT_NOT_FOUND).with("concertId", concert->value);
  return *queue;
}

}  // namespace boxoffice::queue
