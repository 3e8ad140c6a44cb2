// The JSON of a request's body: accepted exactly where a second reading accepts it, and every
// member read as what it is: no 1e3 or 100.0 or "5" for a whole number, no bound overstepped.
#include <algorithm>

#include "http/message.h"
#include "json/reader.h"
#include "oracle.h"
#include "property.h"

using namespace boxoffice;
using fuzz::Node;
using fuzz::require;
using json::Bounds;
using json::Reader;

namespace {

using Kind = Node::Kind;

bool present(const Node* node) { return node != nullptr && node->kind != Kind::null; }

// The planted defect: what json_integer_value() does to 100.0.
Result<std::int64_t> integer(const Reader& reader, const char* name, Bounds bounds,
                             const Node* node) {
  if (fuzz::kPlanted && node != nullptr && node->kind == Kind::real && bounds.min == 0) return 0;
  return reader.integer(name, bounds);
}

template <class T>
void check_refusal(const Result<T>& refused, const std::string& name, ErrorCode code) {
  const Error& error = refused.error();
  require(error.code == code, "a refusal has the catalogue's name");
  require(error.facts.size() == 1 && error.facts[0].first == "field" &&
              std::get<std::string>(error.facts[0].second) == name,
          "a refusal names the member");
  for (const auto family : {http::Family::v1, http::Family::envelope}) {
    const auto answer = http::refusal(error, {family, "ko", "/"});
    const auto body = fuzz::read_json(answer.body);
    require(body.has_value() && body->kind == Kind::object, "a refusal is rendered as JSON");
  }
}

void check_integer(const Reader& reader, const char* name, Bounds bounds, const Node* node) {
  const bool right = present(node) && node->kind == Kind::integer && node->value >= bounds.min &&
                     node->value <= bounds.max;
  const auto number = integer(reader, name, bounds, node);
  require(static_cast<bool>(number) == right, "a whole number within its bounds, and only that");
  const auto amount = reader.amount(name, bounds);
  require(static_cast<bool>(amount) == right, "an amount is such a number");
  if (right) {
    require(*number == node->value && amount->value == node->value, "a number is read as it is");
    return;
  }
  check_refusal(number, name, ErrorCode::INVALID_FIELD);
  check_refusal(amount, name,
                present(node) ? ErrorCode::INVALID_AMOUNT : ErrorCode::INVALID_FIELD);
}

void check_id(const Reader& reader, const char* name, const Node* node) {
  const auto id = reader.optional_id<UserId>(name);
  const bool right = node != nullptr && node->kind == Kind::integer && node->value >= 1;
  require(static_cast<bool>(id) == (right || !present(node)), "an id, or nothing");
  if (id) require(id->has_value() == right, "null and absent are nothing");
}

void check_text(const Reader& reader, const char* name, Bounds length, const Node* node) {
  bool right = present(node) && node->kind == Kind::text;
  if (right) {
    const auto count = static_cast<std::int64_t>(fuzz::characters(node->text).value_or(0));
    right = count >= length.min && count <= length.max &&
            std::none_of(node->text.begin(), node->text.end(),
                         [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
  }
  const auto text = reader.text(name, length);
  require(static_cast<bool>(text) == right, "a text of that length without control characters");
  const auto optional = reader.optional_text(name, length);
  require(static_cast<bool>(optional) == (right || !present(node)), "such a text, or nothing");
  if (!right) return check_refusal(text, name, ErrorCode::INVALID_FIELD);
  require(*text == node->text, "a text is read as it is");
  json::Object object;
  object.set(name, std::string_view(*text));
  const auto again = Reader::parse(object.dump());
  require(again && *again->text(name, length) == *text, "what is written is read back");
}

void check_ids(const Reader& reader, const char* name, bool numeric_texts, const Node* node) {
  bool right = present(node) && node->kind == Kind::array && !node->items.empty();
  std::vector<std::int64_t> wanted;
  for (std::size_t i = 0; right && i < node->items.size(); ++i) {
    const Node& item = node->items[i];
    std::int64_t value = item.value;
    right = item.kind == Kind::integer
                ? value >= 1
                : numeric_texts && item.kind == Kind::text &&
                      fuzz::plain_number(item.text, 1, INT64_MAX, value);
    wanted.push_back(value);
  }
  const auto ids = reader.ids(name, numeric_texts);
  require(static_cast<bool>(ids) == right, "a list of whole numbers from 1");
  if (!right) return check_refusal(ids, name, ErrorCode::INVALID_FIELD);
  require(*ids == wanted, "ids are read as they are, in order");
}

void check_member(const Reader& reader, const Node& object, const std::string& name) {
  const Node* node = object.find(name);
  for (const Bounds bounds : {Bounds{1, INT64_MAX}, Bounds{1, 10'000'000}, Bounds{0, INT64_MAX}}) {
    check_integer(reader, name.c_str(), bounds, node);
  }
  check_id(reader, name.c_str(), node);
  check_text(reader, name.c_str(), {1, 50}, node);
  check_text(reader, name.c_str(), {10, 16}, node);
  check_ids(reader, name.c_str(), false, node);
  check_ids(reader, name.c_str(), true, node);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body = fuzz::Input(data, size).rest();
  const auto wanted = fuzz::read_json(body);
  const auto reader = Reader::parse(body);
  const bool right = wanted && wanted->kind == Kind::object;
  require(static_cast<bool>(reader) == right, "one JSON object, strictly");
  if (!right) {
    require(reader.error().code == ErrorCode::INVALID_JSON, "the rest is INVALID_JSON");
    return 0;
  }
  check_member(*reader, *wanted, "absent");
  const auto count = std::min<std::size_t>(wanted->names.size(), 8);
  for (std::size_t i = 0; i < count; ++i) {
    check_member(*reader, *wanted, wanted->names[i]);
  }
  return 0;
}
