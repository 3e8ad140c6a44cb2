// Paying: hold checked, balance down, ledger written, seats sold, reservation confirmed, place in
// the line completed, event noted. All of it in one transaction, or none.
#pragma once

#include <optional>

#include "base/result.h"
#include "db/tx.h"
#include "payment/store.h"

namespace boxoffice::payment {

struct PayRequest {
  UserId payer;
  TicketKey visit;
  ReservationId reservation;
  std::optional<Won> said_amount;
};
struct Payment {
  PaymentId id;
  ReservationId reservation;
  Won amount, balance_after;
  Instant paid_at;
};
// RESERVATION_NOT_FOUND, NOT_YOURS, NOT_ADMITTED (another queue's concert), and decide_pay's.
Result<Payment> pay(db::Tx& tx, const PayRequest& request);

}  // namespace boxoffice::payment
