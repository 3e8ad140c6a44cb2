// Paying: hold checked, balance down, ledger written, seats sold, reservation confirmed, place in
// the line completed, event noted. All of it in one transaction, or none.
#pragma once

#include <optional>

#include "base/result.h"
#include "db/tx.h"
#include "payment/store.h"
#include "queue/admission.h"

namespace boxoffice::payment {

struct PayRequest {
  UserId payer;
  ReservationId reservation;
  std::optional<Won> said_amount;
};
struct Payment {
  PaymentId id;
  ReservationId reservation;
  Won amount, balance_after;
  Instant paid_at;
  bool others_wait;  // for a place in the queue, where the payer's is free now
};
// NOT_ADMITTED at all, RESERVATION_NOT_FOUND, NOT_YOURS, NOT_ADMITTED to the concert's queue, and
// decide_pay's.
Result<Payment> pay(db::Tx& tx, queue::Admission& admission, const PayRequest& request);

}  // namespace boxoffice::payment
