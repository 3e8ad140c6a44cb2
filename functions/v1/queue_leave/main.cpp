// DELETE /api/v1/waiting-queues
//
// Gives the caller's place up; its room goes to the next in line at once.

#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  TRY([[maybe_unused]] const auto done, db::transact(context.connection(), [&](db::Tx& tx) {
    return queue::leave_line(tx, context.claims());
  }));
  queue::try_advance(context.connection(), context.ticket().queue);
  return http::no_content();
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
