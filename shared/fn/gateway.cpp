#include "fn/gateway.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/instant.h"
#include "token/token.h"

namespace boxoffice::fn {
namespace {

constexpr std::string_view kPathPrefix = "PATH_";

// What CGI itself defines under that prefix; not a parameter of ours.
bool is_path_parameter(std::string_view name) {
  return name.starts_with(kPathPrefix) && name != "PATH_INFO" && name != "PATH_TRANSLATED";
}

std::int64_t age_of(const char* started) {
  // nginx's $msec: seconds since 1970 with three decimals.
  if (started == nullptr || *started == '\0') return 0;
  const auto then_ms = static_cast<std::int64_t>(std::strtod(started, nullptr) * 1000);
  return std::max<std::int64_t>(0, wall_clock().micros / 1000 - then_ms);
}

// HTTP/1.1's words for the statuses that we answer; clients show them to people.
std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

}  // namespace

Incoming read_head(const Parameter& parameter, char** all_parameters) {
  const auto text = [&parameter](const char* name) {
    const char* value = parameter(name);
    return std::string(value == nullptr ? "" : value);
  };
  Incoming in;
  http::Request& r = in.request;
  r.method = text("REQUEST_METHOD");
  r.id = text("REQUEST_ID");
  if (r.id.empty()) r.id = token::new_uuid();
  r.uri_path = http::path_of(text("REQUEST_URI"));
  r.address = text("REMOTE_ADDR");
  r.content_type = text("CONTENT_TYPE");
  r.token = text("HTTP_TOKEN");
  r.queue_token = text("HTTP_QUEUE_TOKEN");
  r.authorization = text("HTTP_AUTHORIZATION");
  r.idempotency_key = text("HTTP_IDEMPOTENCY_KEY");
  r.accept_language = text("HTTP_ACCEPT_LANGUAGE");
  r.query = http::parse_query(text("QUERY_STRING"));
  for (char** each = all_parameters; each != nullptr && *each != nullptr; ++each) {
    const std::string_view pair = *each;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || !is_path_parameter(pair.substr(0, equals))) continue;
    const auto name = pair.substr(kPathPrefix.size(), equals - kPathPrefix.size());
    r.path.emplace(name, pair.substr(equals + 1));
  }
  in.age_ms = age_of(parameter("REQ_MSEC"));
  return in;
}

std::string render(const http::Response& response, const http::Request& request) {
  std::string out = "Status: " + std::to_string(response.status) + " ";
  out += reason_of(response.status);
  out += "\r\n";
  if (!response.content_type.empty()) {
    out += "Content-Type: " + response.content_type + "\r\n";
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  out += "X-Request-Id: " + request.id + "\r\n";
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  out += "\r\n";
  if (request.method != "HEAD") out += response.body;
  return out;
}

}  // namespace boxoffice::fn
