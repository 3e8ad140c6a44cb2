// GET /api/v1/users/{userId}/points

#include "endpoint.h"
#include "fn/serve.h"
#include "wallet/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  TRY(const auto balance, wallet::balance(context.connection(), context.user()));
  json::Object body;
  body.set("userId", context.user()).set("totalAmount", balance);
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
