// GET /api/v1/concerts

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

json::Object render(const seating::Concert& concert) {
  json::Object one;
  one.set("concertId", concert.id)
      .set("name", std::string_view(concert.name))
      .set("artist", std::string_view(concert.artist))
      .set("place", std::string_view(concert.place))
      .set("reservationOpenAt", rfc3339(concert.opens_at))
      .set("reservationCloseAt", rfc3339(concert.closes_at));
  return one;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto page, http::page_after(request, 50));
  const auto concerts =
      seating::load_concerts(context.connection(), ConcertId{page.cursor}, page.limit);
  json::Array list;
  for (const auto& concert : concerts) list.add(render(concert));
  json::Object body;
  body.set("concerts", std::move(list));
  body.set("next", v1::next_of(concerts, page.limit, [](const auto& c) { return c.id.value; }));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
