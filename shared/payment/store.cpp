#include "payment/store.h"

namespace boxoffice::payment {
namespace {

constexpr auto kInsert =
    "INSERT INTO payment (reservation_id, user_id, amount, status, paid_at) "
    "VALUES (?, ?, ?, 'PAID', ?) RETURNING id";
constexpr auto kRefund =
    "UPDATE payment SET status = 'REFUNDED', refunded_at = NOW(6) WHERE reservation_id = ?";
constexpr auto kFacts =
    "SELECT NOW(6), (SELECT v.ends_at FROM visit v WHERE v.queue_id = ? AND v.number = ?), "
    "a.balance FROM account a WHERE a.id = ?";

}  // namespace

PaymentId insert(db::Tx& tx, ReservationId reservation, UserId user, Won amount, Instant now) {
  return tx->row(kInsert, reservation, user, amount, now)->id<PaymentId>(0);
}

void set_refunded(db::Tx& tx, ReservationId reservation) { tx->change(kRefund, reservation); }

LateFacts load_facts(db::Tx& tx, TicketKey visit, UserId user) {
  const auto row = tx->row(kFacts, visit.queue, visit.number, user);
  return {row->instant(0), row->maybe_instant(1), row->won(2)};
}

}  // namespace boxoffice::payment
