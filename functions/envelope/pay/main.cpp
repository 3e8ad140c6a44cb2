// POST /api/{reservationId}/payment
//
// Pays a held reservation from the caller's balance, and completes their place in the line.

#include "endpoint.h"
#include "fn/pay.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

http::Response render(const payment::Payment& payment) {
  json::Object result;
  result.set("id", payment.id)
      .set("reservationId", payment.reservation)
      .set("payAmount", payment.amount)
      .set("payAt", local_date_time(payment.paid_at));
  return http::envelope(std::move(result));
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto reservation, request.path_id<ReservationId>("reservationId"));
  TRY(const auto body, request.json());
  TRY(const auto said, body.amount("payAmount", {0, INT64_MAX}));
  return fn::pay(context, reservation, said, render);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
