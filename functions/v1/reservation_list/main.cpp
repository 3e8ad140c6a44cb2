// GET /api/v1/users/{userId}/reservations
//
// Newest first.

#include "../shapes.h"
#include "account/service.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto page, http::page_before(request, 50));
  if (!account::find(context.connection(), context.user())) {
    return refuse(ErrorCode::USER_NOT_FOUND);
  }
  const auto found =
      booking::load_of_user(context.connection(), context.user(), page.cursor, page.limit);
  json::Array list;
  for (const auto& one : found) list.add(v1::reservation(one));
  json::Object body;
  body.set("reservations", std::move(list));
  body.set("next",
           v1::next_of(found, page.limit, [](const auto& r) { return r.record.id.value; }));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
