// GET /api/v1/concerts/{concertId}/sessions/{sessionId}/seats

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

json::Object render(SessionId session, const seating::Seat& seat) {
  json::Object one;
  one.set("seatId", SeatKey{session, seat.number}.id())
      .set("number", seat.number)
      .set("status", seating::name_of(seat.status))
      .set("price", seat.price);
  return one;
}

std::string draw(const seating::Session& session, const std::vector<seating::Seat>& all) {
  json::Array available, unavailable;
  for (const auto& seat : all) {
    auto& list = seat.status == seating::SeatStatus::available ? available : unavailable;
    list.add(render(session.id, seat));
  }
  json::Object body;
  body.set("concertId", session.concert)
      .set("sessionId", session.id)
      .set("totalSeatCount", static_cast<std::int64_t>(all.size()))
      .set("availableSeats", available)
      .set("unavailableSeats", unavailable);
  return body.dump();
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto concert, request.path_id<ConcertId>("concertId"));
  TRY(const auto session, request.path_id<SessionId>("sessionId"));
  TRY(const auto showing,
      seating::showing_on(context.connection(), context.admission(), concert, session));
  const auto drawn = [&](const auto& seats) { return draw(showing.session, seats); };
  return http::json_text(200, context.board().show(context.connection(), showing, drawn));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
