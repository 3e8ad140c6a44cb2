#include "fn/issue.h"

namespace boxoffice::fn {

AccessToken issue_access_token(const Context& context, const account::User& user) {
  const Instant now = wall_clock();
  const Instant expires = now.plus_seconds(context.config().token_seconds);
  return {context.signer().sign({user.uuid, user.id, token::new_uuid(), {}, now.seconds(),
                                 expires.seconds()}),
          Instant{expires.seconds() * 1'000'000}};
}

queue::NewTicket new_ticket(const Context& context, QueueId queue, UserId user) {
  return {queue, user, token::new_uuid(), context.config().token_seconds};
}

}  // namespace boxoffice::fn
