// Rows of payment; the SQL is in store.cpp.
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/instant.h"
#include "db/tx.h"

namespace boxoffice::payment {

// The unique key on the reservation refuses a second payment as a fault.
PaymentId insert(db::Tx& tx, ReservationId reservation, UserId user, Won amount, Instant now);
void set_refunded(db::Tx& tx, ReservationId reservation);

struct LateFacts {
  Instant now;
  std::optional<Instant> visit_ends_at;
  Won balance;
};
// REQUIRES: every row that the payment touches is locked; the clock is read after the last lock.
LateFacts load_facts(db::Tx& tx, TicketKey visit, UserId user);

}  // namespace boxoffice::payment
