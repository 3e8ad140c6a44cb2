// DELETE /api/v1/reservations/{reservationId}
//
// Releases an unpaid hold at once; cancels a paid reservation and refunds it to the balance until
// the session's cancellation deadline.

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ReservationId>("reservationId"));
  return context.transact([&](db::Tx& tx) -> Result<http::Response> {
    TRY(const auto done, booking::cancel(tx, id, context.maybe_user()));
    auto body = v1::reservation(done.reservation);
    body.set("refundedAmount", done.refunded);
    return http::plain(200, body);
  });
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
