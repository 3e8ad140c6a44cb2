// Reads a request's JSON object. Every refusal names the member and says what it must be.
//
// Numbers are read strictly: 1e3 and 100.0 are not whole numbers (Jansson would read them as 0), and one
// beyond 64 bits is a wrong value of its member, not wrong JSON.
// Unknown members are ignored; a member given twice refuses the whole body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

struct json_t;

namespace boxoffice::json {

struct Bounds {
  std::int64_t min, max;
};

class Reader {
 public:
  // REQUIRES: nothing; any bytes. An error is INVALID_JSON.
  static Result<Reader> parse(std::string_view text);

  Result<std::int64_t> integer(const char* name, Bounds bounds) const;
  template <class T>
  Result<T> id(const char* name) const {
    TRY(const auto value, integer(name, kIdBounds));
    return T{value};
  }
  template <class T>
  Result<std::optional<T>> optional_id(const char* name) const {
    if (!has(name)) return std::optional<T>{};
    TRY(const auto value, id<T>(name));
    return std::optional<T>{value};
  }
  // Amounts refuse with INVALID_AMOUNT instead of INVALID_FIELD.
  Result<Won> amount(const char* name, Bounds bounds) const;
  // Length in characters; control characters are refused.
  Result<std::string> text(const char* name, Bounds length) const;
  Result<std::optional<std::string>> optional_text(const char* name, Bounds length) const;
  // A list of ids; with numeric_texts also as texts ("1", "2"), as the envelope family sends them.
  Result<std::vector<std::int64_t>> ids(const char* name, bool numeric_texts) const;

  static constexpr Bounds kIdBounds{1, INT64_MAX};

 private:
  struct Release {
    void operator()(json_t* value) const;
  };
  using Handle = std::unique_ptr<json_t, Release>;
  static Handle load(std::string text, std::string& problem);
  explicit Reader(Handle root) : root_(std::move(root)) {}
  [[nodiscard]] bool has(const char* name) const;  // there, and not null
  Handle root_;
};

}  // namespace boxoffice::json
