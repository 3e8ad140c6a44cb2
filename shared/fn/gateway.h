// The two ways in: FastCGI and plain CGI. Each turns what the web server passes into a Request
// and writes the Response back; neither knows what is in between.
#pragma once

#include <functional>
#include <string>

#include "http/message.h"

namespace boxoffice::fn {

// A request as it came in, or what there is of it.
struct Incoming {
  http::Request request;
  bool too_large = false;
  bool truncated = false;
  std::size_t content_length = 0;  // as announced; the body itself is read afterwards
  std::int64_t age_ms = 0;  // since the web server had it; 0 where it does not say
};

struct Answered {
  http::Response response;
  bool last = false;  // this worker is in an unknown state and must not go on
};
using Respond = std::function<Answered(const Incoming&)>;

// One request from the environment and standard input.
int run_cgi(const Respond& respond);
// Requests from the listening socket on descriptor 0, until SIGTERM; drains, then returns.
int run_fastcgi(const Respond& respond);
bool started_as_fastcgi();

// Shared by both. `parameters` are CGI variables, NAME=value, up to a null pointer.
Incoming read_head(char** parameters);
std::string render(const http::Response& response, const http::Request& request);

}  // namespace boxoffice::fn
