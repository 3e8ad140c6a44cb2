#include "fn/gateway.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/instant.h"
#include "token/token.h"

namespace boxoffice::fn {
namespace {

constexpr std::string_view kPathPrefix = "PATH_";

// What CGI itself defines under that prefix; not a parameter of ours.
bool is_path_parameter(std::string_view name) {
  return name.starts_with(kPathPrefix) && name != "PATH_INFO" && name != "PATH_TRANSLATED";
}

// Where a parameter is kept; nowhere for those that are read in another way, or not at all.
std::string* place_of(http::Request& r, std::string_view name) {
  const std::pair<std::string_view, std::string*> places[] = {
      {"REQUEST_METHOD", &r.method},       {"REQUEST_ID", &r.id},
      {"REQUEST_URI", &r.uri_path},
      {"CONTENT_TYPE", &r.content_type},    {"HTTP_TOKEN", &r.token},
      {"HTTP_QUEUE_TOKEN", &r.queue_token}, {"HTTP_AUTHORIZATION", &r.authorization},
      {"HTTP_IDEMPOTENCY_KEY", &r.idempotency_key},
      {"HTTP_ACCEPT_LANGUAGE", &r.accept_language}};
  for (const auto& [known, place] : places) {
    if (known == name) return place;
  }
  return nullptr;
}

std::size_t length_of(std::string_view text) {
  std::size_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc::result_out_of_range ? SIZE_MAX : value;
}

std::int64_t age_of(std::string_view started) {
  // nginx's $msec: seconds since 1970 with three decimals.
  double seconds = 0;
  const auto end = started.data() + started.size();
  if (std::from_chars(started.data(), end, seconds).ec != std::errc{}) return 0;
  const auto then_ms = static_cast<std::int64_t>(seconds * 1000);
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

Incoming read_head(char** parameters) {
  Incoming in;
  http::Request& r = in.request;
  std::string_view query, started;
  // One walk past all of them. Of a parameter that comes twice, the first counts.
  for (; parameters != nullptr && *parameters != nullptr; ++parameters) {
    const std::string_view pair = *parameters;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (std::string* place = place_of(r, name)) {
      if (place->empty()) *place = value;
    } else if (name == "QUERY_STRING") {
      query = value;
    } else if (name == "REQ_MSEC") {
      started = value;
    } else if (name == "CONTENT_LENGTH") {
      in.content_length = length_of(value);
    } else if (is_path_parameter(name)) {
      r.path.emplace(name.substr(kPathPrefix.size()), value);
    }
  }
  if (r.id.empty()) r.id = token::new_uuid();
  r.uri_path = http::path_of(r.uri_path);
  r.query = http::parse_query(query);
  in.age_ms = age_of(started);
  return in;
}

std::string render(const http::Response& response, const http::Request& request) {
  std::string out;
  out.reserve(response.body.size() + 512);
  out += "Status: " + std::to_string(response.status) + " ";
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
