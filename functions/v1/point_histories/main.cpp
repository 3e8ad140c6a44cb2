// GET /api/v1/users/{userId}/points/histories
//
// Newest first.

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"
#include "wallet/service.h"

using namespace boxoffice;

namespace {

json::Object render(const wallet::Entry& entry) {
  json::Object one;
  one.set("historyId", entry.id)
      .set("state", std::string_view(entry.state))
      .set("amount", entry.amount)
      .set("balance", entry.balance_after)
      .set("reservationId", entry.reservation)
      .set("createdAt", rfc3339(entry.at));
  return one;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto page, http::page_before(request, 50));
  TRY(const auto entries,
      wallet::history(context.connection(), context.user(), page.cursor, page.limit));
  json::Array list;
  for (const auto& entry : entries) list.add(render(entry));
  json::Object body;
  body.set("userId", context.user()).set("histories", std::move(list));
  body.set("next", v1::next_of(entries, page.limit, [](const auto& e) { return e.id.value; }));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
