#include "payment/rules.h"

namespace boxoffice::payment {

Result<Done> decide_pay(const Facts& facts, std::optional<Won> said) {
  if (facts.stored == booking::Stored::confirmed) return refuse(ErrorCode::ALREADY_PAID);
  // A hold lives up to, and not including, its last instant; a released one does not live at all.
  const bool alive = facts.stored == booking::Stored::held && facts.now < facts.hold_until &&
                     facts.seats_held == facts.seats;
  if (!alive) return refuse(ErrorCode::HOLD_EXPIRED);
  if (facts.visit_ends_at <= facts.now) return refuse(ErrorCode::PLACE_EXPIRED);
  if (said && *said != facts.price) {
    return refuse(ErrorCode::PRICE_MISMATCH).with("price", facts.price.value);
  }
  if (facts.balance < facts.price) {
    return refuse(ErrorCode::INSUFFICIENT_BALANCE)
        .with("price", facts.price.value)
        .with("balance", facts.balance.value);
  }
  return Done{};
}

}  // namespace boxoffice::payment
