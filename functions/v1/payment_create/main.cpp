// POST /api/v1/payments
//
// Pays a held reservation from the caller's balance, and completes their place in the line.

#include "endpoint.h"
#include "fn/pay.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<ReservationId> parse(const fn::Context& context, const http::Request& request) {
  TRY(const auto body, request.json());
  TRY(const auto named, body.optional_id<UserId>("userId"));
  CHECK(context.must_be(named));
  return body.id<ReservationId>("reservationId");
}

http::Response render(const payment::Payment& payment) {
  json::Object body;
  body.set("paymentId", payment.id)
      .set("reservationId", payment.reservation)
      .set("paymentAmount", payment.amount)
      .set("status", "PAID")
      .set("paidAt", rfc3339(payment.paid_at))
      .set("balance", payment.balance_after);
  return http::plain(201, body);
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto reservation, parse(context, request));
  return fn::pay(context, reservation, {}, render);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
