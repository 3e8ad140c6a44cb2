#include "queue/service.h"

#include <algorithm>

#include "base/log.h"

namespace boxoffice::queue {
namespace {

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
  advance_if_possible(connection, key.queue);
  return load_place(connection, key);
}

Result<Place> own_place(db::Connection& connection, const token::Claims& claims) {
  auto place = current_place(connection, *claims.ticket);
  if (!place || place->ticket.token_id != claims.id) return refuse(ErrorCode::TOKEN_INVALID);
  return std::move(*place);
}

// Ends visits that ran out, and takes them off the count of those inside.
std::int64_t settle(db::Tx& tx, Snapshot& queue, std::int64_t limit) {
  const auto ended = remove_ended_visits(tx, queue.id, queue.now, limit);
  queue.inside = std::max<std::int64_t>(0, queue.inside - ended);
  return ended;
}

// The user's live place, unless its visit has run out: then the place ends here.
std::optional<Ticket> live_place(db::Tx& tx, const NewTicket& wanted) {
  auto ticket = load_live_ticket(tx.connection(), wanted.queue, wanted.user);
  if (!ticket || ticket->state != "ADMITTED") return ticket;
  const auto place = load_place(tx.connection(), ticket->key);
  if (!place || status_of(*place) == Status::activated) return ticket;
  lock(tx, wanted.queue);
  auto queue = load_snapshot(tx.connection(), wanted.queue);
  settle(tx, *queue, INT64_MAX);  // theirs among them
  save_advance(tx, *queue, TicketNumber{0});
  return {};
}

}  // namespace

Instant Watch::Look::now() const {
  return {queue.now.micros + (monotonic_ms() - taken_ms) * 1000};
}

bool Watch::Look::must_ask(TicketNumber number) const {
  // No more than a capacity's worth is admitted between two looks, so whoever stands further
  // back than that is still waiting.
  if (number.value <= queue.served.value + queue.capacity) return true;
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
    const auto news = load_departures(connection, queue, look.queue.departures);
    look.departed.insert(look.departed.end(), news.numbers.begin(), news.numbers.end());
    std::sort(look.departed.begin(), look.departed.end());
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
  auto ticket = live_place(tx, wanted);
  if (!ticket) {
    ticket = insert_ticket(tx, wanted);
    if (ticket) return std::move(*ticket);
    // The same user, at the same moment, from elsewhere: theirs is the place.
    ticket = load_live_ticket(tx.connection(), wanted.queue, wanted.user);
    if (!ticket) throw db::Fault(db::FaultKind::retry, 1062, "a live ticket came and went");
  }
  const auto now = load_snapshot(tx.connection(), wanted.queue)->now;
  if (ticket->token_expires_at <= now) {
    renew_token(tx, ticket->key, wanted.token_id, wanted.token_seconds);
    return *load_live_ticket(tx.connection(), wanted.queue, wanted.user);
  }
  return std::move(*ticket);
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
    advance_if_possible(connection, key.queue);
    watch.expire(key.queue);
    look = watch.look(connection, key.queue, fresh);
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
    Advance out{true, settle(tx, *queue, kAdvanceMax), 0};
    const auto room = queue->paused ? 0 : std::min(queue->capacity - queue->inside, kAdvanceMax);
    TicketNumber last{0};
    if (room > 0) {
      const auto numbers = load_first_waiting(tx, id, room);
      admit(tx, *queue, numbers);
      out.admitted = static_cast<std::int64_t>(numbers.size());
      if (!numbers.empty()) last = numbers.back();
    }
    out.more = out.ended == kAdvanceMax || out.admitted == kAdvanceMax;
    if (out.ended == 0 && out.admitted == 0) return out;
    queue->inside += out.admitted;
    if (out.admitted > 0) queue->rate = fold(queue->rate, out.admitted, queue->now);
    queue->served = std::max(queue->served, last);
    // Numbers that nobody waits with (given up, or never used) do not count as people ahead.
    if (const auto next = load_first_waiting(tx, id, 1); !next.empty()) {
      queue->served = std::max(queue->served, TicketNumber{next.front().value - 1});
    }
    save_advance(tx, *queue, last);
    return out;
  });
  return done.value();
}

void advance_if_possible(db::Connection& connection, QueueId queue) noexcept {
  try {
    const auto snapshot = load_snapshot(connection, queue);
    if (snapshot && worth_advancing(room_of(*snapshot))) advance(connection, queue);
  } catch (const std::exception& fault) {
    // Whoever comes next will notice the room too; this request's own work stands.
    log::write(LogLevel::warning, "advance_failed",
               {{"queue", queue.value}, {"reason", std::string(fault.what())}});
  }
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
