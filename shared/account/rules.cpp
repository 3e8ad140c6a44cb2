#include "account/rules.h"

namespace boxoffice::account {

bool looks_like_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && text.find(' ') == std::string_view::npos;
}

}  // namespace boxoffice::account
