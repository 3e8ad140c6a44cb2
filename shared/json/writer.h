// Writes JSON. Members keep the order in which they were set; the text is compact UTF-8.
//
// Answers are appended to one text as they are built: a tree of nodes that is walked afterwards
// cost a poll a tenth of its time, and a hall of 5,000 seats most of it. Whatever needs escaping
// is left to Jansson. The only includers of jansson.h are the .cpp files of this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ids.h"
#include "base/result.h"

namespace boxoffice::json {

// A value as the text it is written as.
struct Value {
  std::string text;
};

Value make(std::int64_t value);
Value make(double value);
Value make(bool value);
Value make(std::string_view value);
Value make_null();
Value make_fact(const Fact& fact);

class Array;

class Object {
 public:
  Object& set(std::string_view name, const Value& value);
  Object& set(std::string_view name, const Object& value);
  Object& set(std::string_view name, const Array& value);
  Object& set(std::string_view name, std::string_view value);
  Object& set(std::string_view name, const char* value) { return set(name, std::string_view(value)); }
  Object& set(std::string_view name, const std::string& value) {
    return set(name, std::string_view(value));
  }
  Object& set(std::string_view name, std::int64_t value);
  Object& set(std::string_view name, int value) { return set(name, std::int64_t{value}); }
  Object& set(std::string_view name, Won value) { return set(name, value.value); }
  template <class Tag>
  Object& set(std::string_view name, Id<Tag> value) {
    return set(name, value.value);
  }
  template <class T>
    requires std::is_same_v<T, bool>
  Object& set(std::string_view name, T value) {
    return set(name, make(value));
  }
  Object& set(std::string_view name, double value) { return set(name, make(value)); }
  // An empty optional is null: the member is always there.
  template <class T>
  Object& set(std::string_view name, const std::optional<T>& value) {
    return value ? set(name, *value) : set(name, make_null());
  }
  [[nodiscard]] std::string dump() const { return members_ + "}"; }

 private:
  std::string& member(std::string_view name);
  std::string members_ = "{";
};

class Array {
 public:
  Array& add(const Value& value);
  Array& add(const Object& value);
  Array& add(std::string_view value);
  Array& add(std::int64_t value);
  [[nodiscard]] std::string dump() const { return items_ + "]"; }

 private:
  std::string& item();
  std::string items_ = "[";
};

}  // namespace boxoffice::json
