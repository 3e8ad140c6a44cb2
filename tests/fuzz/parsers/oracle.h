// A second reading of JSON (RFC 8259), written for these tests and as strict as the contract: one
// value, no member twice, no U+0000, few numbers that are too large. Shares nothing with Jansson.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::fuzz {

struct Node {
  enum class Kind { null, boolean, integer, real, text, array, object };
  Kind kind = Kind::null;
  std::string text;     // a number's token, or a text decoded
  std::int64_t value = 0;  // an integer's
  std::vector<std::string> names;  // an object's
  std::vector<Node> items;         // its values, or an array's

  [[nodiscard]] const Node* find(std::string_view name) const;
};

std::optional<Node> read_json(std::string_view text);

// The characters of a text; nothing where it is no UTF-8.
std::optional<std::size_t> characters(std::string_view text);

}  // namespace boxoffice::fuzz
