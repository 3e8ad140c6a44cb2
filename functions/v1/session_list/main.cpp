// GET /api/v1/concerts/{concertId}/sessions
//
// Sessions whose sale is open and that have not begun; sold-out ones included.

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

json::Object render(const seating::SessionCount& counted) {
  json::Object one;
  one.set("sessionId", counted.session.id)
      .set("concertAt", rfc3339(counted.session.starts_at))
      .set("totalSeatCount", counted.session.seats_in_all)
      .set("availableSeatCount", counted.available)
      .set("cancelUntil", rfc3339(counted.session.cancel_until));
  return one;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ConcertId>("concertId"));
  TRY(const auto concert,
      seating::concert_behind(context.connection(), context.admission(), id));
  json::Array list;
  for (const auto& counted : seating::load_open_sessions(context.connection(), concert.id)) {
    list.add(render(counted));
  }
  json::Object body;
  body.set("concertId", concert.id).set("sessions", std::move(list));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
