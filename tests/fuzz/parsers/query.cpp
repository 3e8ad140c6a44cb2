// Path parameters, query strings and pages. Input: a path parameter, a line end, a query string.
#include "http/message.h"
#include "property.h"

using namespace boxoffice;
using fuzz::plain_number;
using fuzz::require;

namespace {

using Map = std::map<std::string, std::string, std::less<>>;

// The planted defect: a number may have a sign.
Result<UserId> path_id(const http::Request& request) {
  const auto& text = request.path_text("userId");
  if (fuzz::kPlanted && text.size() == 2 && text[0] == '+' && text[1] > '0' && text[1] <= '9') {
    return UserId{text[1] - '0'};
  }
  return request.path_id<UserId>("userId");
}

void check_path(const std::string& text) {
  http::Request request;
  request.path.emplace("userId", text);
  std::int64_t wanted = 0;
  const bool right = plain_number(text, 1, INT64_MAX, wanted);
  const auto id = path_id(request);
  require(static_cast<bool>(id) == right, "an id in a path is digits, from 1");
  if (right) require(id->value == wanted, "an id is read as it is");
  require(!request.path_id<UserId>("other"), "an absent parameter is none");
}

std::string encoded(const std::string& text) {
  std::string out;
  char code[4];
  for (const char c : text) {
    std::snprintf(code, sizeof code, "%%%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += code;
  }
  return out;
}

void check_page(const http::Request& request) {
  const auto in_bounds = [&](const char* name, std::int64_t min, std::int64_t max,
                             std::int64_t usual, std::int64_t& value) {
    const auto found = request.query.find(name);
    value = usual;
    return found == request.query.end() || plain_number(found->second, min, max, value);
  };
  std::int64_t limit = 0;
  std::int64_t cursor = 0;
  bool right = in_bounds("limit", 1, http::kPageMax, 20, limit) &&
               in_bounds("before", 1, INT64_MAX, INT64_MAX, cursor);
  const auto before = http::page_before(request, 20);
  require(static_cast<bool>(before) == right, "a page back has a limit and a cursor in bounds");
  if (right) require(before->limit == limit && before->cursor == cursor, "… as they were sent");
  right = in_bounds("limit", 1, http::kPageMax, 20, limit) &&
          in_bounds("after", 0, INT64_MAX, 0, cursor);
  const auto after = http::page_after(request, 20);
  require(static_cast<bool>(after) == right, "a page on has a limit and a cursor in bounds");
  if (right) require(after->limit == limit && after->cursor == cursor, "… as they were sent");
}

void check_query(const std::string& text) {
  http::Request request;
  request.query = http::parse_query(text);
  std::string again;
  for (const auto& [name, value] : request.query) again += encoded(name) + "=" + encoded(value) + "&";
  require(http::parse_query(again) == request.query, "what is encoded is decoded to the same");
  require(http::parse_query(text + "&" + again) == request.query, "the first of two is kept");
  require(request.query.size() <= text.size(), "there are no more pairs than characters");
  check_page(request);
}

void check_shown(const std::string& text) {
  const auto shown = http::path_of(text);
  for (const char c : shown) require(c > 0x20 && c < 0x7f && c != '?', "a path can be shown");
  require(http::path_of(shown) == shown, "… and stays as it is shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto path = input.line();
  const auto query = input.rest();
  check_path(path);
  check_shown(path);
  check_query(query);
  return 0;
}
