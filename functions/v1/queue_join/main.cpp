// POST /api/v1/waiting-queues
//
// Takes a place in the line of a concert (or of everything), or gives the live one again.

#include "../shapes.h"
#include "account/service.h"
#include "endpoint.h"
#include "fn/issue.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

struct Wanted {
  UserId user;
  std::optional<ConcertId> concert;
};

Result<Wanted> parse(const fn::Context& context, const http::Request& request) {
  TRY(const auto body, request.json());
  TRY(const auto user, body.id<UserId>("userId"));
  CHECK(context.must_be(user));
  TRY(const auto concert, body.optional_id<ConcertId>("concertId"));
  return Wanted{user, concert};
}

Result<token::Claims> join(fn::Context& context, db::Tx& tx, const Wanted& wanted) {
  const auto user = account::find(tx.connection(), wanted.user);
  if (!user) return refuse(ErrorCode::USER_NOT_FOUND);
  TRY(const auto queue, queue::queue_for(tx.connection(), wanted.concert));
  TRY(const auto ticket, queue::take_place(tx, fn::new_ticket(context, queue, wanted.user)));
  return queue::claims_of(ticket, user->uuid);
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto wanted, parse(context, request));
  TRY(const auto claims, db::transact(context.connection(), [&](db::Tx& tx) {
    return join(context, tx, wanted);
  }));
  TRY(const auto view, queue::status_now(context.connection(), claims));
  auto body = v1::place(view);
  body.set("token", std::string_view(context.signer().sign(claims)));
  return http::plain(201, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
