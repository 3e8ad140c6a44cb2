// POST /api/v1/users
//
// Registers a user and signs them in.

#include "account/rules.h"
#include "account/service.h"
#include "endpoint.h"
#include "fn/issue.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

struct Wanted : account::Registration {
  std::optional<std::string> password;
};

Result<Wanted> parse(const http::Request& request) {
  TRY(const auto body, request.json());
  Wanted wanted;
  TRY(wanted.name, body.text("name", {1, account::kNameMax}));
  TRY(wanted.email, body.optional_text("email", {3, account::kEmailMax}));
  if (wanted.email && !account::looks_like_email(*wanted.email)) {
    return refuse_field("email", "must be an e-mail address", "이메일 주소여야 합니다");
  }
  TRY(wanted.password, body.optional_text("password", {1, account::kPasswordMax}));
  return wanted;
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(auto wanted, parse(request));
  if (wanted.password) {
    // A hash costs more than all the rest: not for a name that cannot be had.
    CHECK(db::read(context.connection(), [&](db::Connection& c) {
      return account::check_free(c, wanted.name);
    }));
    wanted.password_hash = account::hash_password(*wanted.password);
  }
  TRY(const auto user, db::transact(context.connection(), [&](db::Tx& tx) {
    return account::register_user(tx, wanted);
  }));
  const auto access = fn::issue_access_token(context, user);
  json::Object body;
  body.set("userId", user.id)
      .set("uuid", std::string_view(user.uuid))
      .set("name", std::string_view(user.name))
      .set("accessToken", std::string_view(access.text))
      .set("expiresAt", rfc3339(access.expires_at));
  return http::plain(201, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
