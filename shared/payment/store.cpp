#include "payment/store.h"

namespace boxoffice::payment {
namespace {

constexpr auto kLockForPayment = "CALL pay_look(?, ?, ?, ?, ?, ?)";
constexpr auto kPay = "CALL pay_settle(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr auto kRefund =
    "UPDATE payment SET status = 'REFUNDED', refunded_at = NOW(6) WHERE reservation_id = ?";
}  // namespace

std::optional<PayRow> lock_for_payment(db::Tx& tx, const queue::Admission& admission,
                                       const PayKeys& keys) {
  const auto sets = tx->call(kLockForPayment, tx.opens(), admission.place.queue,
                             admission.place.number, admission.token_id, keys.reservation, keys.payer);
  if (sets[0].empty()) return {};
  constexpr std::size_t kRecord = 6;
  const auto& row = sets[0].front();
  PayRow out{row.instant(0), row.instant(1), row.integer(2), row.flag(3), row.won(4), {}, {}};
  if (row.null(kRecord)) return out;
  out.queue = row.id<QueueId>(5);
  out.record = booking::to_record(row, kRecord);
  return out;
}

Paid pay(db::Tx& tx, const Settlement& settled) {
  const auto& [visit, payer, record, balance_after, now] = settled;
  const auto sets = tx->call(kPay, tx.closes(), record.id, record.session, record.seat_count, payer,
                             record.total, balance_after, now, visit.queue, visit.number);
  const auto& row = sets[0].front();
  Paid out{{}, row.integer(1)};
  if (!row.null(0)) out.id = row.id<PaymentId>(0);
  return out;
}

void set_refunded(db::Tx& tx, ReservationId reservation) { tx->change(kRefund, reservation); }

}  // namespace boxoffice::payment
