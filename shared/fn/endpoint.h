// What an endpoint requires, as data. CMake makes one Endpoint from each function.json.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"

namespace boxoffice::fn {

// Whose credential it takes.
enum class Identity {
  none,
  claimed,  // of the user that the body names
  owner,    // of the user in the path
  caller,   // of some user
};
// What place in the line it takes.
enum class Gate { none, any, admitted };

struct Endpoint {
  std::string_view name;     // of the function, its binary and its socket
  http::Family family;
  std::string_view methods;  // "PATCH,POST"
  Identity identity;
  Gate gate;
  bool idempotent;
  bool body;
};

}  // namespace boxoffice::fn
