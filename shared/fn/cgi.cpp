// Plain CGI: variables in the environment, the body on standard input.
#include <iostream>
#include <string>
#include <unistd.h>

#include "base/limits.h"
#include "fn/gateway.h"

extern char** environ;

namespace boxoffice::fn {

int run_cgi(const Respond& respond) {
  Incoming in = read_head(environ);
  const auto wanted = in.content_length;
  in.too_large = wanted > limits::kBodyBytes;
  if (!in.too_large && wanted > 0) {
    in.request.body.resize(wanted);
    std::cin.read(in.request.body.data(), static_cast<std::streamsize>(wanted));
    in.truncated = static_cast<unsigned long>(std::cin.gcount()) != wanted;
  }
  std::cout << render(respond(in).response, in.request) << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace boxoffice::fn
