// GET /booking/{concertId}/dates/{date}/list/seats (and with /api in front)
//
// The numbers of the seats that can be had, in numeric order, as texts.

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

std::string draw(const std::vector<seating::Seat>& all) {
  json::Array seats;
  for (const auto& seat : all) {
    if (seat.status == seating::SeatStatus::available) {
      seats.add(std::string_view(std::to_string(seat.number.value)));
    }
  }
  json::Object result;
  result.set("availableSeatsList", seats);
  return http::envelope(result).body;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ConcertId>("concertId"));
  TRY(const auto moment, seating::moment_of(request.path_text("date"), "date"));
  TRY(const auto showing,
      seating::showing_on(context.connection(), context.admission(), id, moment));
  return http::json_text(200, context.board().show(context.connection(), showing, draw));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
