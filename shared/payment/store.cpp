#include "payment/store.h"

namespace boxoffice::payment {
namespace {

constexpr auto kLockForPayment = "CALL pay_facts(?, ?, ?, ?, ?)";
constexpr auto kPay = "CALL pay_apply(?, ?, ?, ?, ?, ?, ?)";
constexpr auto kRefund =
    "UPDATE payment SET status = 'REFUNDED', refunded_at = NOW(6) WHERE reservation_id = ?";
}  // namespace

std::optional<PayRow> lock_for_payment(db::Tx& tx, const PayKeys& keys) {
  const auto sets = tx->call(kLockForPayment, tx.opens(), keys.visit.queue, keys.visit.number,
                             keys.reservation, keys.payer);
  if (sets[0].empty()) return {};
  const auto& late = sets[1].front();
  return PayRow{booking::to_record(sets[0].front()), late.instant(0), late.maybe_instant(1),
                late.won(2), late.integer(3), late.id<QueueId>(4)};
}

Paid pay(db::Tx& tx, const PayKeys& keys, const booking::Record& record, Instant now) {
  const auto sets = tx->call(kPay, record.id, record.session, keys.payer, record.total, now,
                             keys.visit.queue, keys.visit.number);
  const auto& row = sets[0].front();
  Paid out{row.id<PaymentId>(0), {}, row.integer(2)};
  if (!row.null(1)) out.balance_after = row.won(1);
  return out;
}

void set_refunded(db::Tx& tx, ReservationId reservation) { tx->change(kRefund, reservation); }

}  // namespace boxoffice::payment
