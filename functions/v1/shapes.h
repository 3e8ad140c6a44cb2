// JSON shapes that several endpoints of the REST family answer with.
#pragma once

#include "booking/service.h"
#include "json/writer.h"
#include "payment/service.h"
#include "queue/service.h"
#include "seating/service.h"

namespace boxoffice::v1 {

inline json::Object place(const queue::View& view) {
  json::Object body;
  body.set("id", view.key.id())
      .set("userId", view.user)
      .set("status", queue::name_of(view.status))
      .set("waitingNumber", view.waiting_number)
      .set("joinedAt", rfc3339(view.joined_at))
      .set("expectedAt", rfc3339(view.expected.at))
      .set("expectedBasis", view.expected.measured ? "measured" : "configured");
  if (view.expires_at) {
    body.set("expiresAt", rfc3339(*view.expires_at));
  } else {
    body.set("expiresAt", json::make_null());
  }
  body.set("pollAfterMs", view.poll_after_ms);
  return body;
}

inline json::Array priced_seats(SessionId session, const std::vector<seating::PricedSeat>& seats) {
  json::Array list;
  for (const auto& seat : seats) {
    json::Object one;
    one.set("seatId", SeatKey{session, seat.number}.id())
        .set("number", seat.number)
        .set("price", seat.price);
    list.add(std::move(one));
  }
  return list;
}

inline json::Object reservation(const booking::Reservation& r) {
  json::Object body;
  body.set("reservationId", r.record.id)
      .set("userId", r.record.user)
      .set("concertId", r.record.concert)
      .set("concertName", std::string_view(r.concert_name))
      .set("sessionId", r.record.session)
      .set("concertAt", rfc3339(r.starts_at))
      .set("status", booking::name_of(r.status))
      .set("totalPrice", r.record.total)
      .set("reservedSeats", priced_seats(r.record.session, r.seats))
      .set("createdAt", rfc3339(r.record.created_at))
      .set("expiresAt", rfc3339(r.record.hold_until))
      .set("cancelUntil", rfc3339(r.cancel_until))
      .set("paymentId", r.payment);
  if (r.paid_at) {
    body.set("paidAt", rfc3339(*r.paid_at));
  } else {
    body.set("paidAt", json::make_null());
  }
  return body;
}

// The id to ask on with, or null on the last page.
template <class List, class IdOf>
json::Value next_of(const List& list, std::int64_t limit, IdOf id_of) {
  if (static_cast<std::int64_t>(list.size()) < limit) return json::make_null();
  return json::make(std::int64_t{id_of(list.back())});
}

}  // namespace boxoffice::v1
