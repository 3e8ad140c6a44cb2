// Rows of payment; the SQL is in store.cpp.
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/instant.h"
#include "booking/store.h"
#include "db/tx.h"
#include "queue/admission.h"

namespace boxoffice::payment {

struct PayKeys {
  UserId payer;
  ReservationId reservation;
};

// What a payment is decided upon. Locks the visit, the reservation, its seats and the payer's
// account, and reads the clock after the last lock; of somebody else's reservation only its row is locked.
// Nothing where the caller is not inside.
struct PayRow {
  Instant now, visit_ends_at;
  std::int64_t seats_held;
  bool others_wait;                       // for a place in the queue
  Won balance;
  QueueId queue;                          // the one that the reservation's concert is behind
  std::optional<booking::Record> record;  // none where there is no such reservation
};
std::optional<PayRow> lock_for_payment(db::Tx& tx, const queue::Admission& admission,
                                       const PayKeys& keys);

// Writes all that a payment is. The unique key on the reservation refuses a second one as a fault;
// no payment where the balance is not what it was looked at as.
struct Settlement {
  TicketKey visit;
  UserId payer;
  const booking::Record& record;
  Won balance_after;
  Instant now;
};
struct Paid {
  std::optional<PaymentId> id;
  std::int64_t seats_sold;
};
Paid pay(db::Tx& tx, const Settlement& settled);

void set_refunded(db::Tx& tx, ReservationId reservation);

}  // namespace boxoffice::payment
