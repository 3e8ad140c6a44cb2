// GET /api/check
//
// The caller's place, in any state. Costs no database work while the caller is not near the front.

#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  TRY(const auto view,
      queue::status(context.connection(), context.watch(), context.claims()));
  json::Object result;
  result.set("listNum", view.waiting_number)
      .set("expectedTime", local_date_time(view.expected.at))
      .set("state", queue::name_of(view.status));
  if (view.expires_at) result.set("expiresAt", local_date_time(*view.expires_at));
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
