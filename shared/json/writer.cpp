#include "json/writer.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <jansson.h>
#include <memory>
#include <new>

namespace boxoffice::json {
namespace {

struct Release {
  void operator()(json_t* value) const { json_decref(value); }
};

// Jansson answers NULL only when memory is out or a text is not UTF-8; neither can be written.
std::string by_jansson(json_t* made) {
  const std::unique_ptr<json_t, Release> value(made);
  if (!value) throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&std::free)> text(
      json_dumps(value.get(), JSON_COMPACT | JSON_ENCODE_ANY), &std::free);
  if (!text) throw std::bad_alloc();
  return text.get();
}

// Stands for itself in a JSON string.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

void append(std::string& out, std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), is_plain)) {
    out += by_jansson(json_stringn(value.data(), value.size()));
    return;
  }
  out += '"';
  out += value;
  out += '"';
}

void append(std::string& out, std::int64_t value) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

Value make(std::int64_t value) { return {std::to_string(value)}; }
Value make(double value) { return {by_jansson(json_real(value))}; }
Value make(bool value) { return {value ? "true" : "false"}; }
Value make(std::string_view value) {
  Value made;
  append(made.text, value);
  return made;
}
Value make_null() { return {"null"}; }

Value make_fact(const Fact& fact) {
  return std::visit(
      [](const auto& value) -> Value {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::string>) {
          return make(value);
        } else {
          Array list;
          for (const auto& item : value) list.add(item);
          return {list.dump()};
        }
      },
      fact);
}

std::string& Object::member(std::string_view name) {
  if (members_.size() > 1) members_ += ',';
  append(members_, name);
  members_ += ':';
  return members_;
}

Object& Object::set(std::string_view name, const Value& value) {
  member(name) += value.text;
  return *this;
}
Object& Object::set(std::string_view name, const Object& value) {
  member(name).append(value.members_) += '}';
  return *this;
}
Object& Object::set(std::string_view name, const Array& value) {
  member(name) += value.dump();
  return *this;
}
Object& Object::set(std::string_view name, std::string_view value) {
  append(member(name), value);
  return *this;
}
Object& Object::set(std::string_view name, std::int64_t value) {
  append(member(name), value);
  return *this;
}

std::string& Array::item() {
  if (items_.size() > 1) items_ += ',';
  return items_;
}

Array& Array::add(const Value& value) {
  item() += value.text;
  return *this;
}
Array& Array::add(const Object& value) {
  item() += value.dump();
  return *this;
}
Array& Array::add(std::string_view value) {
  append(item(), value);
  return *this;
}
Array& Array::add(std::int64_t value) {
  append(item(), value);
  return *this;
}

}  // namespace boxoffice::json
