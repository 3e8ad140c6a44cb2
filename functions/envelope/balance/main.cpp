// GET /api/{userId}

#include "endpoint.h"
#include "fn/serve.h"
#include "wallet/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  TRY(const auto balance, wallet::balance(context.connection(), context.user()));
  json::Object result;
  result.set("userId", context.user()).set("point", balance);
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
