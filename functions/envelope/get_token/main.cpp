// POST /api/getToken
//
// A place in the line, and the token that holds it. A new username registers a user on first
// sight; a known one needs its password or an unexpired token of that user.

#include "account/service.h"
#include "endpoint.h"
#include "fn/issue.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

struct Wanted {
  std::string name;
  std::optional<std::string> password;
  std::optional<ConcertId> concert;
};

Result<Wanted> parse(const http::Request& request) {
  TRY(const auto body, request.json());
  TRY(auto name, body.text("username", {1, account::kNameMax}));
  TRY(auto password, body.optional_text("password", {1, account::kPasswordMax}));
  TRY(const auto concert, body.optional_id<ConcertId>("concertId"));
  return Wanted{std::move(name), std::move(password), concert};
}

// Whether the caller may act for a user that exists.
bool proven(const fn::Context& context, const account::User& user, const Wanted& wanted) {
  if (context.config().auth_open()) return true;
  const auto offered = context.offered_claims();
  return (offered && offered->user == user.id) || account::password_matches(user, wanted.password);
}

Result<token::Claims> join_known(fn::Context& context, QueueId queue, const account::User& user) {
  return db::transact(context.connection(), [&](db::Tx& tx) -> Result<token::Claims> {
    TRY(const auto ticket, queue::take_place(tx, fn::new_ticket(context, queue, user.id)));
    return queue::claims_of(ticket, user.uuid);
  });
}

Result<token::Claims> join_new(fn::Context& context, QueueId queue, const Wanted& wanted) {
  queue::NewUser user{token::new_uuid(), wanted.name, {}};
  if (wanted.password) user.password_hash = account::hash_password(*wanted.password);
  return db::transact(context.connection(), [&](db::Tx& tx) -> Result<token::Claims> {
    TRY(const auto ticket,
        queue::take_first_place(tx, user, fn::new_ticket(context, queue, UserId{0})));
    return queue::claims_of(ticket, user.uuid);
  });
}

Result<token::Claims> join_by_name(fn::Context& context, const Wanted& wanted) {
  const auto find = [&] {
    return db::read(context.connection(),
                    [&](db::Connection& c) { return account::find_by_name(c, wanted.name); });
  };
  const auto queue = db::read(context.connection(), [&](db::Connection& c) {
    return queue::queue_for(c, wanted.concert);
  });
  // Most names are new, and that the name is taken is found out by trying; but not where a password
  // would have to be hashed for it first, or where there is nothing to join.
  auto user = wanted.password || !queue ? find() : std::nullopt;
  if (!user && queue) {
    auto joined = join_new(context, *queue, wanted);
    if (joined || joined.error().code != ErrorCode::NAME_TAKEN) return joined;
    user = find();
    if (!user) throw db::Fault(db::FaultKind::retry, 1062, "a name came and went");
  }
  // Who somebody is comes before what there is.
  if (user && !proven(context, *user, wanted)) return refuse(ErrorCode::CREDENTIALS_INVALID);
  if (!queue) return queue.error();
  return join_known(context, *queue, *user);
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto wanted, parse(request));
  TRY(const auto claims, join_by_name(context, wanted));
  // The place is theirs by now: a connection that is lost here must not keep the token from them.
  TRY(const auto view, db::read(context.connection(), [&](db::Connection& c) {
    return queue::status(c, context.watch(), claims);
  }));
  json::Object result;
  result.set("token", std::string_view(context.signer().sign(claims)))
      .set("listNum", view.waiting_number)
      .set("expectedTime", local_date_time(view.expected.at))
      .set("userId", view.user)
      .set("state", queue::name_of(view.status));
  return http::envelope(std::move(result));
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
