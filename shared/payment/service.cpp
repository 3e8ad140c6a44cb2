#include "payment/service.h"

#include "booking/store.h"
#include "payment/rules.h"
#include "queue/store.h"
#include "seating/service.h"
#include "wallet/store.h"

namespace boxoffice::payment {
Result<Payment> pay(db::Tx& tx, const PayRequest& request) {
  // Every lock first, in the documented order; then the clock, in a statement of its own: NOW(6)
  // stands still while a statement waits.
  queue::lock_visit(tx, request.visit);
  const auto record = booking::lock(tx, request.reservation);
  if (!record) return refuse(ErrorCode::RESERVATION_NOT_FOUND);
  if (record->user != request.payer) return refuse(ErrorCode::NOT_YOURS);
  CHECK(seating::concert_behind(tx.connection(), record->concert, request.visit.queue));
  const auto held = booking::lock_seats_and_account(tx, *record);
  const auto late = load_facts(tx, request.visit, request.payer);
  CHECK(decide_pay({late.now, record->stored, record->hold_until, record->seat_count, held,
                    late.visit_ends_at, record->total, late.balance},
                   request.said_amount));

  const auto balance = wallet::take_payment(tx, request.payer, record->total, record->id);
  const auto sold = seating::sell(tx, record->session, record->id);
  if (!balance || sold != record->seat_count) {
    // Under these locks neither can happen; if it does, nothing of it may stay.
    throw db::Fault(db::FaultKind::bug, 0, "a payment's guards disagree with its decision");
  }
  booking::set_confirmed(tx, record->id);
  const auto id = insert(tx, record->id, request.payer, record->total, late.now);
  queue::complete(tx, request.visit);
  booking::write_event(tx, {"reservation.paid", record->id, request.payer, record->total});
  return Payment{id, record->id, record->total, *balance, late.now};
}

}  // namespace boxoffice::payment
