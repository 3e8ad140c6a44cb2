// POST /api/v1/payments
//
// Pays a held reservation from the caller's balance, and completes their place in the line.

#include "endpoint.h"
#include "fn/serve.h"
#include "payment/service.h"

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
  bool others_wait = false;
  TRY(auto response, context.transact([&](db::Tx& tx) -> Result<http::Response> {
    TRY(const auto payment,
        payment::pay(tx, context.admission(), {context.user(), reservation, {}}));
    others_wait = payment.others_wait;
    return render(payment);
  }));
  if (others_wait) queue::advance_if_possible(context.connection(), context.ticket().queue);
  return response;
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
