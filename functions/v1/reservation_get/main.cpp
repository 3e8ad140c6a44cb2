// GET /api/v1/reservations/{reservationId}

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ReservationId>("reservationId"));
  TRY(const auto found, booking::find(context.connection(), id, context.maybe_user()));
  return http::plain(200, v1::reservation(found));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
