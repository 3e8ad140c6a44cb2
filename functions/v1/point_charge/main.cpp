// PATCH and POST /api/v1/users/{userId}/points/charge

#include "endpoint.h"
#include "fn/serve.h"
#include "wallet/service.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  const wallet::Limits limits{Won{context.config().charge_max}, Won{context.config().balance_max}};
  TRY(const auto body, request.json());
  TRY(const auto amount, body.amount("amount", {1, limits.charge_max.value}));
  return context.transact([&](db::Tx& tx) -> Result<http::Response> {
    TRY(const auto balance, wallet::charge(tx, context.user(), amount, limits));
    json::Object answer;
    answer.set("userId", context.user()).set("totalAmount", balance);
    return http::plain(200, answer);
  });
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
