// GET /api/{userId}/histories
//
// Newest first.

#include "endpoint.h"
#include "fn/serve.h"
#include "wallet/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto page, http::page_before(request, http::kPageMax));
  TRY(const auto entries,
      wallet::history(context.connection(), context.user(), page.cursor, page.limit));
  json::Array result;
  for (const auto& entry : entries) {
    json::Object one;
    one.set("id", entry.id)
        .set("userId", context.user())
        .set("state", std::string_view(entry.state))
        .set("amount", entry.amount)
        .set("time", local_date_time(entry.at));
    result.add(std::move(one));
  }
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
