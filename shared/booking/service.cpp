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
  TRY(const auto seats, seating::in_lock_order(request.seats, most));
  // From here on nothing of this user's in this queue changes: the cap is counted under the lock,
  // and the facts are read by a statement that starts after the lock was had.
  queue::lock_visit(tx, request.visit);
  const auto row = load_hold_facts(tx, request.visit, request.user, request.concert.id);
  const auto priced = seating::load_prices(tx.connection(), request.session.id, seats);
  const HoldFacts facts{
      row.now, row.visit_ends_at,
      {request.concert.opens_at, request.concert.closes_at, request.session.starts_at},
      row.live_seats, missing_of(seats, priced), total_of(priced)};
  TRY(const auto plan, decide_hold(facts, {static_cast<std::int64_t>(seats.size()),
                                           limits.seats_per_user_max, limits.hold_seconds,
                                           request.said_total}));
  const auto id = insert(tx, {request.user, request.concert.id, request.session.id,
                              static_cast<std::int64_t>(seats.size()), plan.total, row.now,
                              plan.hold_until});
  const auto got = seating::take(tx, {request.session.id, id, plan.hold_until}, seats);
  if (got != static_cast<std::int64_t>(seats.size())) {
    const auto others = seating::load_taken(tx.connection(), request.session.id, id, seats);
    // What was in the way may have gone in this very moment; then any of them may be tried again.
    return taken(request.session.id, others.empty() ? seats : others);
  }
  insert_seats(tx, id, priced);
  queue::extend_visit(tx, request.visit, plan.hold_until);
  return Hold{id, plan.total, row.now, plan.hold_until, priced};
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
  return Cancellation{std::move(shown), refunded};
}

std::int64_t expire_batch(db::Connection& connection, std::int64_t limit) {
  const auto done = db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
    const auto lapsed = lock_lapsed(tx, limit);
    for (const auto& record : lapsed) {
      seating::release(tx, record.session, record.id);
      set_expired(tx, record.id);
    }
    return static_cast<std::int64_t>(lapsed.size());
  });
  return done.value();
}

}  // namespace boxoffice::booking
