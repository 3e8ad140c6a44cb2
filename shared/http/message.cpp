#include "http/message.h"

#include <algorithm>
#include <charconv>

namespace boxoffice::http {
namespace {

constexpr std::string_view kSuccess = "요청에 성공하였습니다.";
constexpr const char* kRetrySeconds = "1";

// Digits only: from_chars would also take "-0".
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with('-')) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoding; a broken escape stays as it is and fails later as a value.
std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string to_text(const Fact& fact) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::int64_t>) {
          return std::to_string(value);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return value;
        } else {
          std::string list;
          for (const auto& item : value) list += (list.empty() ? "" : ",") + to_text(item);
          return list;
        }
      },
      fact);
}

// The facts as text, for the family whose errors carry no members of their own.
std::string fact_text(const Error& error) {
  std::string out;
  for (const auto& [name, fact] : error.facts) {
    if (name == "field") continue;  // the detail begins with it
    out += (out.empty() ? " (" : "; ") + name + ": " + to_text(fact);
  }
  return out.empty() ? out : out + ")";
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The tag is the language, alone or with a region: "ko", "KO-kr", but not "kok".
bool is_language(std::string_view tag, std::string_view language) {
  if (tag.size() < 2 || (tag.size() > 2 && tag[2] != '-')) return false;
  // ASCII letters differ by one bit from their other case.
  return (tag[0] | 0x20) == language[0] && (tag[1] | 0x20) == language[1];
}

// The weight of one item of Accept-Language, from 0 to 1 (RFC 9110, 12.4.2); blanks may stand
// around its parts. What is no weight ("q=inf", "q=high") is 0: the item does not count.
double weight_of(std::string_view item) {
  const auto parameter = item.find(';');
  if (parameter == std::string_view::npos) return 1;
  const auto text = trimmed(item.substr(parameter + 1));
  if (!text.starts_with("q=") && !text.starts_with("Q=")) return 0;
  double weight = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 2, last, weight, std::chars_format::fixed);
  return error == std::errc{} && end == last && weight >= 0 && weight <= 1 ? weight : 0;
}

std::string detail_of(const Error& error, Language language) {
  const ErrorRow& row = error_row(error.code);
  if (language == Language::korean) {
    return error.detail_ko.empty() ? std::string(row.advice_ko) : error.detail_ko;
  }
  return error.detail_en.empty() ? std::string(row.advice_en) : error.detail_en;
}

template <class T>
Response enveloped(const T& result) {
  static const json::Value success = json::make(kSuccess);
  json::Object body;
  body.set("isSuccess", true).set("code", 200).set("message", success).set("result", result);
  return {200, "application/json", body.dump(), {}};
}

}  // namespace

const std::string& Request::path_text(const char* name) const {
  static const std::string absent;
  const auto found = path.find(name);
  return found == path.end() ? absent : found->second;
}

Result<std::int64_t> Request::path_number(const char* name) const {
  const auto value = whole_number(path_text(name));
  if (!value || *value < 1) {
    return refuse_field(name, "must be a whole number from 1", "1 이상의 정수여야 합니다");
  }
  return *value;
}

Result<std::optional<std::int64_t>> Request::query_number(const char* name,
                                                          json::Bounds bounds) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::optional<std::int64_t>{};
  const auto value = whole_number(found->second);
  if (!value || *value < bounds.min || *value > bounds.max) {
    std::string range = std::to_string(bounds.min) + "..";
    if (bounds.max != INT64_MAX) range += std::to_string(bounds.max);
    return refuse_field(name, "must be a whole number, " + range, range + " 범위의 정수여야 합니다");
  }
  return std::optional<std::int64_t>{*value};
}

Result<Page> page_before(const Request& request, std::int64_t usual) {
  TRY(const auto limit, request.query_number("limit", {1, kPageMax}));
  TRY(const auto before, request.query_number("before", json::Reader::kIdBounds));
  return Page{limit.value_or(usual), before.value_or(INT64_MAX)};
}

Result<Page> page_after(const Request& request, std::int64_t usual) {
  TRY(const auto limit, request.query_number("limit", {1, kPageMax}));
  TRY(const auto after, request.query_number("after", {0, INT64_MAX}));
  return Page{limit.value_or(usual), after.value_or(0)};
}

std::map<std::string, std::string, std::less<>> parse_query(std::string_view query) {
  std::map<std::string, std::string, std::less<>> out;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    out.emplace(decode(pair.substr(0, equals)), decode(value));
  }
  return out;
}

std::string path_of(std::string_view uri) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : uri.substr(0, uri.find('?'))) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += {'%', kHex[byte / 16], kHex[byte % 16]};
    }
  }
  return out;
}

Response envelope(const json::Object& result) { return enveloped(result); }
Response envelope(const json::Array& result) { return enveloped(result); }

Response json_text(int status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

Response plain(int status, const json::Object& body) { return json_text(status, body.dump()); }

Response no_content() { return {204, "", "", {}}; }

Response refusal(const Error& error, const ErrorContext& context) {
  const ErrorRow& row = error_row(error.code);
  const bool is_envelope = context.family == Family::envelope;
  const Language language = choose_language(
      context.accept_language, is_envelope ? Language::korean : Language::english);
  const auto title = language == Language::korean ? row.title_ko : row.title_en;
  const std::string detail = detail_of(error, language);
  json::Object body;
  if (is_envelope) {
    body.set("isSuccess", false).set("code", row.status).set("message", title);
    body.set("errorCode", row.name).set("detail", detail + fact_text(error));
  } else {
    body.set("type", "urn:boxoffice:error:" + std::string(row.name)).set("title", title);
    body.set("status", row.status).set("detail", detail).set("instance", context.path);
    body.set("code", row.name);
    for (const auto& [name, fact] : error.facts) body.set(name, json::make_fact(fact));
  }
  Response response{row.status, is_envelope ? "application/json" : "application/problem+json",
                    body.dump(), {}};
  if (row.status == 429 || row.status == 503 || error.code == ErrorCode::REQUEST_IN_PROGRESS) {
    response.headers.emplace_back("Retry-After", kRetrySeconds);
  }
  if (row.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// The first of ko and en that the header names with the highest weight.
Language choose_language(std::string_view accept_language, Language fallback) {
  Language best = fallback;
  double best_weight = 0;
  while (!accept_language.empty()) {
    const auto item = accept_language.substr(0, accept_language.find(','));
    accept_language.remove_prefix(std::min(accept_language.size(), item.size() + 1));
    const auto tag = trimmed(item.substr(0, item.find(';')));
    const double weight = weight_of(item);
    const bool korean = is_language(tag, "ko");
    if (weight <= best_weight || (!korean && !is_language(tag, "en"))) continue;
    best_weight = weight;
    best = korean ? Language::korean : Language::english;
  }
  return best;
}

}  // namespace boxoffice::http
