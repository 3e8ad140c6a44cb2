// GET /booking/{concertId}/dates/{date}/list/seats (and with /api in front)
//
// The numbers of the seats that can be had, in numeric order, as texts.

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ConcertId>("concertId"));
  TRY(const auto concert,
      seating::concert_behind(context.connection(), id, context.ticket().queue));
  TRY(const auto session, seating::session_on(context.connection(), concert.id,
                                              request.path_text("date"), "date"));
  json::Array seats;
  for (const auto number : seating::load_available(context.connection(), session.id)) {
    seats.add(std::string_view(std::to_string(number.value)));
  }
  json::Object result;
  result.set("availableSeatsList", std::move(seats));
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
