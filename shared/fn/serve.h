// The runtime of every function: `int main() { return fn::serve(kEndpoint, handle); }`.
//
// What it does around the handler, in the order of the contract's precedence: settings · request
// read whole · method, size, media type · identity · replay · admission · handle · the family's
// rendering · one log line, counters. Where one must be inside, the handler goes first and asks
// itself (see queue/admission.h); replay and admission are asked where it was refused before that.
// The same binary answers as FastCGI when file descriptor 0 is a listening socket, else once as
// plain CGI.
#pragma once

#include "fn/context.h"

namespace boxoffice::fn {

using Handler = Result<http::Response> (*)(Context&, const http::Request&);

int serve(const Endpoint& endpoint, Handler handler);

}  // namespace boxoffice::fn
