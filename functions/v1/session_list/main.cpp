// GET /api/v1/concerts/{concertId}/sessions
//
// Sessions whose sale is open and that have not begun; sold-out ones included.

#include "endpoint.h"
#include "fn/serve.h"
#include "seating/service.h"

using namespace boxoffice;

namespace {

json::Object render(const seating::Session& session, std::int64_t available) {
  json::Object one;
  one.set("sessionId", session.id)
      .set("concertAt", rfc3339(session.starts_at))
      .set("totalSeatCount", session.seats_in_all)
      .set("availableSeatCount", available)
      .set("cancelUntil", rfc3339(session.cancel_until));
  return one;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto id, request.path_id<ConcertId>("concertId"));
  TRY(const auto showings, seating::on_sale(context.connection(), context.admission(), id));
  json::Array list;
  for (const auto& showing : showings) {
    list.add(render(showing.session, context.counts().free_seats(context.connection(), showing)));
  }
  json::Object body;
  body.set("concertId", id).set("sessions", std::move(list));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
