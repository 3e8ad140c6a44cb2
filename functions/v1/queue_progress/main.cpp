// GET /api/v1/waiting-queues/progress
//
// How far the line has moved: the same small answer for everyone, cached for a second. With the
// `num` of one's own token it replaces polling.

#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto number, request.query_number("concertId", json::Reader::kIdBounds));
  const auto concert = number ? std::optional(ConcertId{*number}) : std::nullopt;
  TRY(const auto queue, queue::queue_for(context.connection(), concert));
  TRY(const auto progress, queue::progress(context.connection(), queue));
  json::Object body;
  body.set("servedNumber", progress.served)
      .set("lastNumber", progress.last)
      .set("admittedPerMinute", progress.admitted_per_minute)
      .set("asOf", rfc3339(progress.as_of));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
