#include "booking/rules.h"

namespace boxoffice::booking {

const char* name_of(Status status) {
  switch (status) {
    case Status::temporary_reserved: return "TEMPORARY_RESERVED";
    case Status::confirmed: return "CONFIRMED";
    case Status::canceled: return "CANCELED";
    case Status::expired: return "EXPIRED";
  }
  return "EXPIRED";
}

Status shown_status(Stored stored, Instant hold_until, Instant now) {
  switch (stored) {
    case Stored::held: return now < hold_until ? Status::temporary_reserved : Status::expired;
    case Stored::confirmed: return Status::confirmed;
    case Stored::canceled: return Status::canceled;
    case Stored::expired: return Status::expired;
  }
  return Status::expired;
}

Error seats_taken(SessionId session, const std::vector<SeatNumber>& seats) {
  std::vector<std::int64_t> ids, numbers;
  for (const auto number : seats) {
    ids.push_back(SeatKey{session, number}.id());
    numbers.push_back(number.value);
  }
  return refuse(ErrorCode::SEAT_TAKEN)
      .with("seats", std::move(ids))
      .with("numbers", std::move(numbers));
}

Result<HoldPlan> decide_hold(const HoldFacts& facts, const HoldTerms& terms) {
  if (facts.visit_ends_at <= facts.now) return refuse(ErrorCode::PLACE_EXPIRED);
  if (facts.live_seats + terms.seats > terms.seats_per_user_max) {
    return refuse(ErrorCode::TOO_MANY_SEATS)
        .with("most", terms.seats_per_user_max)
        .with("yours", facts.live_seats);
  }
  if (!facts.missing.empty()) {
    return refuse(ErrorCode::SEAT_NOT_FOUND).with("number", facts.missing.front().value);
  }
  if (!seating::on_sale(facts.sale, facts.now)) {
    return refuse(ErrorCode::SALE_NOT_OPEN)
        .with("opensAt", rfc3339(facts.sale.opens_at))
        .with("closesAt", rfc3339(facts.sale.closes_at));
  }
  if (terms.said && *terms.said != facts.total) {
    return refuse(ErrorCode::PRICE_MISMATCH).with("price", facts.total.value);
  }
  if (!facts.taken.empty()) return seats_taken(facts.session, facts.taken);
  return HoldPlan{facts.total, facts.now.plus_seconds(terms.hold_seconds)};
}

Result<CancelPlan> decide_cancel(const CancelFacts& facts) {
  switch (shown_status(facts.stored, facts.hold_until, facts.now)) {
    case Status::temporary_reserved: return CancelPlan::release;
    case Status::confirmed:
      if (facts.now < facts.cancel_until) return CancelPlan::refund;
      return refuse(ErrorCode::NOT_CANCELLABLE).with("cancelUntil", rfc3339(facts.cancel_until));
    case Status::canceled:
    case Status::expired: break;
  }
  const auto status = shown_status(facts.stored, facts.hold_until, facts.now);
  return refuse(ErrorCode::NOT_CANCELLABLE).with("reservationStatus", std::string(name_of(status)));
}

}  // namespace boxoffice::booking
