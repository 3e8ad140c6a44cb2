// GET /api/booking/{concertId}/list/time
//
// Dates on which a seat can be had: ascending, none twice.

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ConcertId>("concertId"));
  TRY(const auto bookable,
      seating::bookable_dates(context.connection(), context.counts(), context.admission(), id));
  json::Array dates;
  for (const auto& date : bookable) dates.add(std::string_view(date));
  json::Object result;
  result.set("availableDates", std::move(dates));
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
