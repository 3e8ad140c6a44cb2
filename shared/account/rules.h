// What may be written about a user.
#pragma once

#include <string_view>

namespace boxoffice::account {

// Something, one @, something, and no blank: enough to find out a slip, and no more. Whether an
// address exists is known only by writing to it.
bool looks_like_email(std::string_view text);

}  // namespace boxoffice::account
