#include "oracle.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>

namespace boxoffice::fuzz {
namespace {

constexpr int kDepthMax = 2048;  // Jansson's

// The length of the character at the front, 0 where it is none: no overlong form, no surrogate.
std::size_t character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  unsigned code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3F);
  }
  constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code >= kLeast[length] && code <= 0x10FFFF && !surrogate ? length : 0;
}

void append(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Node> document() {
    Node node;
    blank();
    if (!value(node, 1)) return {};
    blank();
    if (at_ != text_.size()) return {};
    return node;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  void blank() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(peek()) != std::string_view::npos) ++at_;
  }
  bool digits() {
    const auto first = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > first;
  }

  bool value(Node& node, int depth) {
    if (depth > kDepthMax) return false;
    switch (peek()) {
      case '{': return object(node, depth);
      case '[': return array(node, depth);
      case '"': node.kind = Node::Kind::text; return text(node.text);
      case 't': node.kind = Node::Kind::boolean; return word("true");
      case 'f': node.kind = Node::Kind::boolean; return word("false");
      case 'n': node.kind = Node::Kind::null; return word("null");
      default: return number(node);
    }
  }
  bool word(std::string_view wanted) {
    // A longer word ("nullx") fails later: nothing but , ] } may follow.
    return take(wanted);
  }
  bool number(Node& node) {
    const auto first = at_;
    take("-");
    const auto whole = at_;
    if (!digits() || (text_[whole] == '0' && at_ - whole > 1)) return false;
    node.kind = Node::Kind::integer;
    if (take(".")) {
      node.kind = Node::Kind::real;
      if (!digits()) return false;
    }
    if (take("e") || take("E")) {
      node.kind = Node::Kind::real;
      if (!take("+")) take("-");
      if (!digits()) return false;
    }
    node.text = std::string(text_.substr(first, at_ - first));
    errno = 0;
    if (node.kind == Node::Kind::integer) {
      node.value = std::strtoll(node.text.c_str(), nullptr, 10);
      if (errno == 0) return true;
    } else if (std::isfinite(std::strtod(node.text.c_str(), nullptr))) {
      return true;
    }
    // Too large for anything: a number, but no whole one; and a body has few of them.
    node.kind = Node::Kind::real;
    return ++too_large_ <= kTooLargeMax;
  }
  bool hex(unsigned& code) {
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const auto digit = std::string_view("0123456789abcdefABCDEF").find(c);
      if (c == '\0' || digit == std::string_view::npos) return false;
      code = code * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
    }
    return true;
  }
  bool escape(std::string& out) {
    const char c = peek();
    ++at_;
    const auto plain = std::string_view("\"\\/bfnrt").find(c);
    if (c != '\0' && plain != std::string_view::npos) {
      out += "\"\\/\b\f\n\r\t"[plain];
      return true;
    }
    unsigned code = 0;
    unsigned low = 0;
    if (c != 'u' || !hex(code) || code == 0 || (code >= 0xDC00 && code <= 0xDFFF)) return false;
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!take("\\u") || !hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00);
    }
    append(out, code);
    return true;
  }
  bool text(std::string& out) {
    take("\"");
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') {
        ++at_;
        if (!escape(out)) return false;
        continue;
      }
      const auto length = character(text_.substr(at_));
      if (length == 0) return false;
      out += text_.substr(at_, length);
      at_ += length;
    }
    return false;
  }
  bool array(Node& node, int depth) {
    node.kind = Node::Kind::array;
    take("[");
    blank();
    if (take("]")) return true;
    for (;;) {
      blank();
      if (!value(node.items.emplace_back(), depth + 1)) return false;
      blank();
      if (take("]")) return true;
      if (!take(",")) return false;
    }
  }
  bool object(Node& node, int depth) {
    node.kind = Node::Kind::object;
    take("{");
    blank();
    if (take("}")) return true;
    for (;;) {
      blank();
      std::string name;
      if (peek() != '"' || !text(name) || node.find(name) != nullptr) return false;
      blank();
      if (!take(":")) return false;
      blank();
      node.names.push_back(name);
      if (!value(node.items.emplace_back(), depth + 1)) return false;
      blank();
      if (take("}")) return true;
      if (!take(",")) return false;
    }
  }

  static constexpr int kTooLargeMax = 8;
  std::string_view text_;
  std::size_t at_ = 0;
  int too_large_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return &items[i];
  }
  return nullptr;
}

std::optional<Node> read_json(std::string_view text) { return Parser(text).document(); }

std::optional<std::size_t> characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const auto length = character(text);
    if (length == 0) return {};
    text.remove_prefix(length);
  }
  return count;
}

}  // namespace boxoffice::fuzz
