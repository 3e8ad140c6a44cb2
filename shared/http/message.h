// Requests and responses as values; knows HTTP, not FastCGI and not SQL.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "base/result.h"
#include "json/reader.h"
#include "json/writer.h"

namespace boxoffice::http {

// The two contracts that stand side by side; operations' endpoints speak the REST family's.
enum class Family { envelope, v1 };

struct Request {
  std::string method, id;
  std::string uri_path;  // as path_of() gives it
  std::string content_type, body;
  std::string token, queue_token, authorization, idempotency_key, accept_language;
  std::map<std::string, std::string, std::less<>> path;   // path parameters by name
  std::map<std::string, std::string, std::less<>> query;  // decoded

  // A path parameter as an id; INVALID_FIELD with its name where it is none.
  template <class T>
  [[nodiscard]] Result<T> path_id(const char* name) const {
    TRY(const auto value, path_number(name));
    return T{value};
  }
  [[nodiscard]] const std::string& path_text(const char* name) const;
  // A query parameter as a number; nothing where it is absent.
  [[nodiscard]] Result<std::optional<std::int64_t>> query_number(const char* name,
                                                                 json::Bounds bounds) const;
  [[nodiscard]] Result<json::Reader> json() const { return json::Reader::parse(body); }

 private:
  [[nodiscard]] Result<std::int64_t> path_number(const char* name) const;
};

// One page of a list: `limit` newest-first rows `before` an id, or rows `after` one.
struct Page {
  std::int64_t limit;
  std::int64_t cursor;  // the id not to be reached or passed again
};
inline constexpr std::int64_t kPageMax = 100;
Result<Page> page_before(const Request& request, std::int64_t usual);
Result<Page> page_after(const Request& request, std::int64_t usual);

std::map<std::string, std::string, std::less<>> parse_query(std::string_view query);

// The path of a request's URI as a text that can be shown: clients send bytes that are no UTF-8,
// and those are escaped.
std::string path_of(std::string_view uri);

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // from a closed list, never echoed input
};

// Success bodies.
Response envelope(const json::Object& result);
Response envelope(const json::Array& result);
Response plain(int status, const json::Object& body);
Response json_text(int status, std::string body);
Response no_content();

// Error bodies in the family's shape and the caller's language.
struct ErrorContext {
  Family family;
  std::string_view accept_language;
  std::string_view path;  // REQUIRES: UTF-8
};
Response refusal(const Error& error, const ErrorContext& context);

Language choose_language(std::string_view accept_language, Language fallback);

}  // namespace boxoffice::http
