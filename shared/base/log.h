// One JSON line an event on standard error: time, level, function, event, fields.
// Events are fixed words, so that they can be searched for. Tokens, keys, passwords and bodies
// are never fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/errors.h"

namespace boxoffice::log {

struct Field {
  std::string_view name;
  std::variant<std::int64_t, std::string> value;
};

void configure(std::string function, std::string_view least_level);
void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields);

// JSON string escaping, for the few places that write JSON by hand.
std::string quoted(std::string_view text);

}  // namespace boxoffice::log
