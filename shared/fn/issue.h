// What a function gives out: access tokens (who the caller is, nothing about a line) and places.
#pragma once

#include <string>

#include "account/service.h"
#include "fn/context.h"

namespace boxoffice::fn {

struct AccessToken {
  std::string text;
  Instant expires_at;
};
AccessToken issue_access_token(const Context& context, const account::User& user);

// A new place's terms, as configured, for this user.
queue::NewTicket new_ticket(const Context& context, QueueId queue, UserId user);

}  // namespace boxoffice::fn
