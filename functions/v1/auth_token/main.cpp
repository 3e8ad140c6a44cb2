// POST /api/v1/auth/token
//
// Signs a user in by name and password.

#include "account/service.h"
#include "endpoint.h"
#include "fn/issue.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto said, request.json());
  TRY(const auto name, said.text("name", {1, account::kNameMax}));
  TRY(const auto password, said.text("password", {1, account::kPasswordMax}));
  TRY(const auto user, db::read(context.connection(), [&](db::Connection& connection) {
    return account::log_in(connection, name, password);
  }));
  const auto access = fn::issue_access_token(context, user);
  json::Object body;
  body.set("userId", user.id)
      .set("accessToken", std::string_view(access.text))
      .set("expiresAt", rfc3339(access.expires_at));
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
