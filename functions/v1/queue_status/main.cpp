// GET /api/v1/waiting-queues
//
// The caller's place, in any state. Costs no database work while the caller is not near the front.

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  TRY(const auto view,
      queue::status(context.connection(), context.watch(), context.claims()));
  return http::plain(200, v1::place(view));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
