// Paying, as both families do it.
#pragma once

#include "fn/context.h"
#include "payment/service.h"

namespace boxoffice::fn {

// Pays, once for each Idempotency-Key, and lets the next in line into the room that this makes.
Result<http::Response> pay(Context& context, ReservationId reservation, std::optional<Won> said,
                           http::Response (*render)(const payment::Payment&));

}  // namespace boxoffice::fn
