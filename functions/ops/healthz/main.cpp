// GET /healthz
//
// Liveness: this process answers. It says nothing about the database; see readyz.

#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

Result<http::Response> handle(fn::Context&, const http::Request&) {
  json::Object body;
  body.set("status", "ok");
  return http::plain(200, body);
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
