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

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto concert_id, request.path_id<ConcertId>("concertId"));
  TRY(const auto session_id, request.path_id<SessionId>("sessionId"));
  TRY(const auto concert,
      seating::concert_behind(context.connection(), concert_id, context.ticket().queue));
  TRY(const auto session, seating::session_of(context.connection(), concert.id, session_id));
  json::Array available, unavailable;
  for (const auto& seat : seating::load_seats(context.connection(), session.id)) {
    auto& list = seat.status == seating::SeatStatus::available ? available : unavailable;
    list.add(render(session.id, seat));
  }
  json::Object body;
  body.set("concertId", concert.id)
      .set("sessionId", session.id)
      .set("totalSeatCount", session.seats_in_all)
      .set("availableSeats", std::move(available))
      .set("unavailableSeats", std::move(unavailable));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
