#include "booking/service.h"

#include <algorithm>
#include <stdexcept>

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

std::vector<SeatNumber> taken_of(const std::vector<AskedSeat>& seats) {
  std::vector<SeatNumber> out;
  for (const auto& seat : seats) {
    if (seat.taken) out.push_back(seat.priced.number);
  }
  return out;
}

std::vector<seating::PricedSeat> priced(const std::vector<AskedSeat>& seats) {
  std::vector<seating::PricedSeat> out;
  for (const auto& seat : seats) out.push_back(seat.priced);
  return out;
}

// What a hold is decided upon, under the lock of the visit. A date that means several sessions may
// still mean one, of those that have not begun: then it is asked for by its id.
Result<HoldRow> look(db::Tx& tx, queue::Admission& admission, HoldKeys keys,
                     const std::vector<SeatNumber>& seats) {
  auto row = lock_for_hold(tx, admission, keys, seats);
  CHECK(admission.found(row.has_value()));
  CHECK(seating::behind(row->concert, admission.place.queue));
  if (const auto* moment = std::get_if<LocalMoment>(&keys.session); moment && !row->session) {
    TRY(const auto showing, seating::showing_on(tx.connection(), admission, keys.concert, *moment));
    keys.session = showing.session.id;
    row = lock_for_hold(tx, admission, keys, seats);
    CHECK(admission.found(row.has_value()));
  }
  return std::move(*row);
}

Result<Record> lock_own(db::Tx& tx, ReservationId id, std::optional<UserId> owner) {
  const auto record = lock(tx, id);
  if (!record) return refuse(ErrorCode::RESERVATION_NOT_FOUND);
  if (owner && record->user != *owner) return refuse(ErrorCode::NOT_YOURS);
  return *record;
}

// Somebody was quicker since the look: the first `got` seats were had, the next one was not.
Error outrun(db::Tx& tx, queue::Admission& admission, const HoldRequest& request, SessionId session,
             const std::vector<SeatNumber>& seats, std::int64_t got) {
  const auto again = lock_for_hold(tx, admission, {request.user, request.concert, session}, seats);
  auto taken = again ? taken_of(again->seats) : seats;
  std::erase_if(taken, [&](SeatNumber number) {
    return std::find(seats.begin(), seats.begin() + got, number) != seats.begin() + got;
  });
  // What was in the way may have gone in this very moment; then any of them may be tried again.
  return seats_taken(session, taken.empty() ? seats : taken);
}

}  // namespace

Result<Hold> hold_seats(db::Tx& tx, queue::Admission& admission, const HoldRequest& request,
                        const HoldLimits& limits) {
  const auto most = static_cast<std::size_t>(
      std::min<std::int64_t>(limits.seats_per_user_max, seating::kSeatsPerHoldMax));
  const auto ordered = seating::in_lock_order(request.seats, most);
  const auto seats = ordered ? *ordered : std::vector<SeatNumber>{};
  // From here on nothing of this user's in this queue changes: the cap is counted under the lock.
  TRY(auto row, look(tx, admission, {request.user, request.concert, request.session}, seats));
  TRY(const auto session, seating::belonging(row.session, request.concert));
  if (!ordered) return ordered.error();
  auto found = priced(row.seats);
  const HoldFacts facts{session.id, row.now, row.visit_ends_at,
                        {row.concert->opens_at, row.concert->closes_at, session.starts_at},
                        row.live_seats, missing_of(seats, found), taken_of(row.seats),
                        total_of(found)};
  const auto count = static_cast<std::int64_t>(seats.size());
  TRY(const auto plan, decide_hold(facts, {count, limits.seats_per_user_max, limits.hold_seconds,
                                           request.said_total}));
  const auto held = take(tx, {request.user, admission.place, request.concert, session.id, plan.total,
                              row.now, plan.hold_until, row.visit_ends_at}, seats);
  if (held.got != count) return outrun(tx, admission, request, session.id, seats, held.got);
  return Hold{held.id,      plan.total, row.now, plan.hold_until, std::move(found),
              std::move(*row.concert), session};
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
    if (!wallet::give_refund(tx, record.user, record.total, record.id)) {
      throw std::logic_error("a refund has no account");
    }
    refunded = record.total;
    write_event(tx, {"reservation.refunded", record.id, record.user, record.total});
  }
  TRY(auto shown, find(tx.connection(), id, owner));
  seating::raise_version(tx, record.session, record.id);
  return Cancellation{std::move(shown), refunded};
}

std::int64_t expire_batch(db::Connection& connection, std::int64_t limit) {
  // One by one: the seats of several reservations, each in ascending order, are not in ascending order
  // together, and their next buyers would not wait for one but for all of them.
  std::int64_t expired = 0;
  for (const auto id : load_lapsed(connection, limit)) {
    expired += db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
      const auto record = lock_if_lapsed(tx, id);
      if (!record) return 0;
      seating::release(tx, record->session, id);
      set_expired(tx, id);
      seating::raise_version(tx, record->session, id);
      return 1;
    }).value();
  }
  return expired;
}

}  // namespace boxoffice::booking
