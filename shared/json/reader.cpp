#include "json/reader.h"

#include <algorithm>
#include <charconv>
#include <jansson.h>

namespace boxoffice::json {
namespace {

std::string range(Bounds b) {
  if (b.max == INT64_MAX) return std::to_string(b.min) + "..";
  return std::to_string(b.min) + ".." + std::to_string(b.max);
}

Error missing(const char* name) {
  return refuse_field(name, "is required", "필수 항목입니다");
}

Error not_whole(const char* name, Bounds bounds) {
  return refuse_field(name, "must be a whole number, " + range(bounds),
                      range(bounds) + " 범위의 정수여야 합니다");
}

// UTF-8 is already proved by the parser; continuation bytes do not start a character.
std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

std::optional<std::int64_t> id_of(const json_t* item, bool numeric_texts) {
  std::int64_t value = 0;
  if (json_is_integer(item)) {
    value = json_integer_value(item);
  } else if (numeric_texts && json_is_string(item)) {
    const char* begin = json_string_value(item);
    const char* end = begin + json_string_length(item);
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc{} || stop != end) return {};
  } else {
    return {};
  }
  return value >= 1 ? std::optional(value) : std::nullopt;
}

}  // namespace

void Reader::Release::operator()(json_t* value) const { json_decref(value); }

// The object or list, or where it is wrong. Jansson gives up at a number that is too large; half a won
// in its place is refused just as well by whoever asks for the member, and by nobody else.
Reader::Handle Reader::load(std::string text, std::string& problem) {
  constexpr int kTooLargeMax = 8;
  constexpr std::string_view kNumber = "+-.0123456789Ee", kNotWhole = " 0.5 ";
  for (int tries = 0;; ++tries) {
    json_error_t where{};
    Handle root(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &where));
    if (root) return root;
    problem = "line " + std::to_string(where.line) + ", column " + std::to_string(where.column);
    if (json_error_code(&where) != json_error_numeric_overflow || tries == kTooLargeMax) return {};
    const auto end = static_cast<std::size_t>(where.position);  // of the number
    const auto before = text.find_last_not_of(kNumber, end - 1);
    auto begin = before == std::string::npos ? 0 : before + 1;
    // A minus that belongs to no exponent begins a number, also where none may stand.
    for (auto i = begin + 1; i < end; ++i) {
      if (text[i] == '-' && text[i - 1] != 'e' && text[i - 1] != 'E') begin = i;
    }
    text.replace(begin, end - begin, kNotWhole);
  }
}

Result<Reader> Reader::parse(std::string_view text) {
  // Jansson passes over a NUL that stands behind a number.
  if (text.find('\0') != std::string_view::npos) {
    return refuse(ErrorCode::INVALID_JSON).saying("JSON has no NUL.", "JSON에는 NUL이 없습니다.");
  }
  std::string at;
  auto root = load(std::string(text), at);
  if (!root) {
    return refuse(ErrorCode::INVALID_JSON).saying("Not JSON at " + at + ".", at + ": JSON 오류");
  }
  if (!json_is_object(root.get())) {
    return refuse(ErrorCode::INVALID_JSON).saying("Not a JSON object.", "JSON 객체가 아닙니다.");
  }
  return Reader(std::move(root));
}

bool Reader::has(const char* name) const {
  const json_t* value = json_object_get(root_.get(), name);
  return value != nullptr && !json_is_null(value);
}

Result<std::int64_t> Reader::integer(const char* name, Bounds bounds) const {
  if (!has(name)) return missing(name);
  const json_t* value = json_object_get(root_.get(), name);
  if (!json_is_integer(value)) return not_whole(name, bounds);
  const std::int64_t number = json_integer_value(value);
  if (number < bounds.min || number > bounds.max) return not_whole(name, bounds);
  return number;
}

Result<Won> Reader::amount(const char* name, Bounds bounds) const {
  auto number = integer(name, bounds);
  if (number) return Won{*number};
  Error error = std::move(number).error();
  // A missing amount is a missing member; a wrong one is a wrong amount.
  if (has(name)) error.code = ErrorCode::INVALID_AMOUNT;
  return error;
}

Result<std::string> Reader::text(const char* name, Bounds length) const {
  if (!has(name)) return missing(name);
  const json_t* value = json_object_get(root_.get(), name);
  if (!json_is_string(value)) return refuse_field(name, "must be a text", "문자열이어야 합니다");
  std::string text(json_string_value(value), json_string_length(value));
  const auto count = characters(text);
  if (count < length.min || count > length.max) {
    return refuse_field(name, "must have " + range(length) + " characters",
                        range(length) + "자여야 합니다");
  }
  if (has_control(text)) {
    return refuse_field(name, "must not have control characters", "제어 문자를 쓸 수 없습니다");
  }
  return text;
}

Result<std::optional<std::string>> Reader::optional_text(const char* name, Bounds length) const {
  if (!has(name)) return std::optional<std::string>{};
  TRY(auto value, text(name, length));
  return std::optional<std::string>(std::move(value));
}

Result<std::vector<std::int64_t>> Reader::ids(const char* name, bool numeric_texts) const {
  if (!has(name)) return missing(name);
  const json_t* list = json_object_get(root_.get(), name);
  if (!json_is_array(list) || json_array_size(list) == 0) {
    return refuse_field(name, "must be a list with at least one number",
                        "번호가 하나 이상 있는 배열이어야 합니다");
  }
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    const auto id = id_of(json_array_get(list, i), numeric_texts);
    if (!id) {
      return refuse_field(name, "must have whole numbers from 1", "1 이상의 정수여야 합니다");
    }
    out.push_back(*id);
  }
  return out;
}

}  // namespace boxoffice::json
