#include "booking/service.h"

#include <algorithm>

#include "payment/store.h"
#include "queue/store.h"
#include "wallet/store.h"

namespace boxoffice::booking {
namespace {

std::vector<SeatNumber> missing_of(const std::vector<SeatNumber>& asked,
                                   const std::vector<seating::PricedSeat>& found) {
  std::vector<SeatNumber> out;
  for (const auto number : asked) {
    const bool exists = std::any_of(found.begin(), found.end(),
                                    [&](const auto& seat) { return seat.number == number; });
    if (!exists) out.push_back(number);
  }
  return out;
}

Won total_of(const std::vector<seating::PricedSeat>& seats) {
  Won total{0};
  for (const auto& seat : seats) total = total + seat.price;
  return total;
}

Error taken(SessionId session, const std::vector<SeatNumber>& seats) {
  std::vector<std::int64_t> ids, numbers;
  for (const auto number : seats) {
    ids.push_back(SeatKey{session, number}.id());
    numbers.push_back(number.value);
  }
  return refuse(ErrorCode::SEAT_TAKEN)
      .with("seats", std::move(ids))
      .with("numbers", std::move(numbers));
}

Result<Record> lock_own(db::Tx& tx, ReservationId id, std::optional<UserId> owner) {
  const auto record = lock(tx, id);
  if (!record) return refuse(ErrorCode::RESERVATION_NOT_FOUND);
  if (owner && record->user != *owner) return refuse(ErrorCode::NOT_YOURS);
  return *record;
}

}  // namespace

Result<Hold> hold_seats(db::Tx& tx, const HoldRequest& request, const HoldLimits& limits) {
  const auto most = static_cast<std::size_t>(
      std::min<std::int64_t>(limits.seats_per_user_max, seating::kSeatsPerHoldMax));
  const auto ordered = seating::in_lock_order(request.seats, most);
  const auto seats = ordered ? *ordered : std::vector<SeatNumber>{};
  const HoldKeys keys{request.visit, request.user, request.concert, request.session};
  // From here on nothing of this user's in this queue changes: the cap is counted under the lock.
  auto row = lock_for_hold(tx, keys, seats);
  TRY(auto concert, seating::behind(std::move(row.concert), request.visit.queue));
  TRY(const auto session, seating::belonging(row.session, request.concert));
  if (!ordered) return ordered.error();
  const HoldFacts facts{row.now, row.visit_ends_at,
                        {concert.opens_at, concert.closes_at, session.starts_at},
                        row.live_seats, missing_of(seats, row.seats), total_of(row.seats)};
  const auto count = static_cast<std::int64_t>(seats.size());
  TRY(const auto plan, decide_hold(facts, {count, limits.seats_per_user_max, limits.hold_seconds,
                                           request.said_total}));
  const auto held = take(tx, {keys, plan.total, row.now, plan.hold_until}, seats);
  if (held.got != count) {
    const auto others = seating::load_taken(tx.connection(), session.id, held.id, seats);
    // What was in the way may have gone in this very moment; then any of them may be tried again.
    return taken(session.id, others.empty() ? seats : others);
  }
  return Hold{held.id,     plan.total,         row.now, plan.hold_until, std::move(row.seats),
              std::move(concert), session};
}

Result<Reservation> find(db::Connection& connection, ReservationId id,
                         std::optional<UserId> owner) {
  auto reservation = load(connection, id);
  if (!reservation) return refuse(ErrorCode::RESERVATION_NOT_FOUND);
  if (owner && reservation->record.user != *owner) return refuse(ErrorCode::NOT_YOURS);
  return std::move(*reservation);
}

Result<Cancellation> cancel(db::Tx& tx, ReservationId id, std::optional<UserId> owner) {
  TRY(const auto record, lock_own(tx, id, owner));
  const auto session = seating::load_session(tx.connection(), record.session);
  lock_seats_and_account(tx, record);
  const auto now = seating::load_now(tx.connection());
  TRY(const auto plan,
      decide_cancel({now, record.stored, record.hold_until, session->cancel_until}));
  Won refunded{0};
  seating::release(tx, record.session, record.id);
  set_canceled(tx, record.id);
  if (plan == CancelPlan::refund) {
    payment::set_refunded(tx, record.id);
    wallet::give_refund(tx, record.user, record.total, record.id);
    refunded = record.total;
    write_event(tx, {"reservation.refunded", record.id, record.user, record.total});
  }
  TRY(auto shown, find(tx.connection(), id, owner));
  seating::raise_version(tx, record.session, record.id);
  return Cancellation{std::move(shown), refunded};
}

std::int64_t expire_batch(db::Connection& connection, std::int64_t limit) {
  const auto done = db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
    const auto lapsed = lock_lapsed(tx, limit);
    for (const auto& record : lapsed) {
      seating::release(tx, record.session, record.id);
      set_expired(tx, record.id);
    }
    for (const auto& record : lapsed) seating::raise_version(tx, record.session, record.id);
    return static_cast<std::int64_t>(lapsed.size());
  });
  return done.value();
}

}  // namespace boxoffice::booking
