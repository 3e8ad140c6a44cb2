#include "json/writer.h"

#include <cstdlib>
#include <jansson.h>
#include <new>

namespace boxoffice::json {
namespace {

// Jansson answers NULL only when memory is out or a text is not UTF-8; neither can be rendered.
json_t* checked(json_t* value) {
  if (value == nullptr) throw std::bad_alloc();
  return value;
}

}  // namespace

void Release::operator()(json_t* value) const { json_decref(value); }

Handle make(std::int64_t value) { return Handle(checked(json_integer(value))); }
Handle make(double value) { return Handle(checked(json_real(value))); }
Handle make(bool value) { return Handle(json_boolean(value)); }
Handle make(std::string_view value) {
  return Handle(checked(json_stringn(value.data(), value.size())));
}
Handle make_null() { return Handle(json_null()); }

Handle make_fact(const Fact& fact) {
  return std::visit(
      [](const auto& value) -> Handle {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::string>) {
          return make(value);
        } else {
          Array list;
          for (const auto& item : value) list.add(item);
          return std::move(list).release();
        }
      },
      fact);
}

Object::Object() : handle_(checked(json_object())) {}

Object& Object::set(const char* name, Handle value) {
  if (json_object_set_new(handle_.get(), name, value.release()) != 0) throw std::bad_alloc();
  return *this;
}
Object& Object::set(const char* name, Object value) {
  return set(name, std::move(value).release());
}
Object& Object::set(const char* name, Array value) { return set(name, std::move(value).release()); }

std::string Object::dump() const {
  const std::unique_ptr<char, decltype(&std::free)> text(json_dumps(handle_.get(), JSON_COMPACT),
                                                         &std::free);
  if (!text) throw std::bad_alloc();
  return text.get();
}

Array::Array() : handle_(checked(json_array())) {}
Array& Array::add(Handle value) {
  if (json_array_append_new(handle_.get(), value.release()) != 0) throw std::bad_alloc();
  return *this;
}

}  // namespace boxoffice::json
