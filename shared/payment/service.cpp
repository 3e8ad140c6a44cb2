#include "payment/service.h"

#include "payment/rules.h"
#include "seating/service.h"

namespace boxoffice::payment {

Result<Payment> pay(db::Tx& tx, queue::Admission& admission, const PayRequest& request) {
  const auto row = lock_for_payment(tx, admission, {request.payer, request.reservation});
  CHECK(admission.found(row.has_value()));
  if (!row->record) return refuse(ErrorCode::RESERVATION_NOT_FOUND);
  const auto& record = *row->record;
  if (record.user != request.payer) return refuse(ErrorCode::NOT_YOURS);
  CHECK(seating::admitted_by(row->queue, admission.place.queue));
  CHECK(decide_pay({row->now, record.stored, record.hold_until, record.seat_count, row->seats_held,
                    row->visit_ends_at, record.total, row->balance},
                   request.said_amount));

  const Won after = row->balance - record.total;
  const auto paid = pay(tx, {admission.place, request.payer, record, after, row->now});
  if (!paid.id || paid.seats_sold != record.seat_count) {
    // Under these locks neither can happen; if it does, nothing of it may stay.
    throw db::Fault(db::FaultKind::bug, 0, "a payment's guards disagree with its decision");
  }
  return Payment{*paid.id, record.id, record.total, after, row->now, row->others_wait};
}

}  // namespace boxoffice::payment
