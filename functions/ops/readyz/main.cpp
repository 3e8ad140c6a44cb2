// GET /readyz
//
// Readiness: the database is reached and has the default queue. 503 while it is not.

#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  const auto progress = queue::progress(context.connection(), queue::kDefaultQueue);
  if (!progress) return refuse(ErrorCode::UNAVAILABLE);
  json::Object body;
  body.set("status", "ready");
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
