// Builds JSON. Members keep the order in which they were set; dumping is compact UTF-8.
//
// The only includers of jansson.h are the .cpp files of this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ids.h"
#include "base/result.h"

struct json_t;

namespace boxoffice::json {

struct Release {
  void operator()(json_t* value) const;
};
using Handle = std::unique_ptr<json_t, Release>;

Handle make(std::int64_t value);
Handle make(double value);
Handle make(bool value);
Handle make(std::string_view value);
Handle make_null();
Handle make_fact(const Fact& fact);

class Array;

class Object {
 public:
  Object();
  Object& set(const char* name, Handle value);
  Object& set(const char* name, Object value);
  Object& set(const char* name, Array value);
  Object& set(const char* name, const char* value) { return set(name, make(std::string_view(value))); }
  Object& set(const char* name, Won value) { return set(name, make(value.value)); }
  template <class Tag>
  Object& set(const char* name, Id<Tag> value) {
    return set(name, make(value.value));
  }
  template <class T>
    requires std::is_same_v<T, bool>
  Object& set(const char* name, T value) {
    return set(name, make(value));
  }
  Object& set(const char* name, std::int64_t value) { return set(name, make(value)); }
  Object& set(const char* name, int value) { return set(name, make(std::int64_t{value})); }
  Object& set(const char* name, double value) { return set(name, make(value)); }
  Object& set(const char* name, std::string_view value) { return set(name, make(value)); }
  // An empty optional is null: the member is always there.
  template <class T>
  Object& set(const char* name, const std::optional<T>& value) {
    return value ? set(name, *value) : set(name, make_null());
  }
  [[nodiscard]] std::string dump() const;
  Handle release() && { return std::move(handle_); }

 private:
  Handle handle_;
};

class Array {
 public:
  Array();
  Array& add(Handle value);
  Array& add(Object value) { return add(std::move(value).release()); }
  Array& add(std::string_view value) { return add(make(value)); }
  Array& add(std::int64_t value) { return add(make(value)); }
  Handle release() && { return std::move(handle_); }

 private:
  Handle handle_;
};

}  // namespace boxoffice::json
