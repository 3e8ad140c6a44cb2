// Refusals as values.
//
// Whatever the contract names is a Result: a value, or an Error from the catalogue with the facts
// that the caller is told (`field`, `seats`, `waitingNumber`). Whatever the machine does to us is
// an exception (db::Fault) and is not the domain's affair.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/errors.h"

namespace boxoffice {

using Fact = std::variant<std::int64_t, std::string, std::vector<std::int64_t>,
                          std::vector<std::string>>;

struct Error {
  ErrorCode code;
  std::vector<std::pair<std::string, Fact>> facts;
  std::string detail_en, detail_ko;  // say more than the catalogue's advice; may be empty

  [[nodiscard]] Error with(std::string name, Fact fact) && {
    facts.emplace_back(std::move(name), std::move(fact));
    return std::move(*this);
  }
  [[nodiscard]] Error saying(std::string english, std::string korean) && {
    detail_en = std::move(english);
    detail_ko = std::move(korean);
    return std::move(*this);
  }
};

// Every refusal is made here, so that all of them can be found.
[[nodiscard]] inline Error refuse(ErrorCode code) { return Error{code, {}, {}, {}}; }

[[nodiscard]] inline Error refuse_field(std::string field, std::string english,
                                        std::string korean) {
  return refuse(ErrorCode::INVALID_FIELD)
      .saying(field + ": " + std::move(english), field + ": " + std::move(korean))
      .with("field", field);
}

// A value or an Error; the member names are std::expected's, which gcc 12 does not have whole.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }
  const T* operator->() const { return &value(); }
  const T& operator*() const& { return value(); }

 private:
  std::variant<T, Error> state_;
};

// For operations that have nothing to say when they succeed.
struct Done {};

}  // namespace boxoffice

#define BO_CONCAT_(a, b) a##b
#define BO_CONCAT(a, b) BO_CONCAT_(a, b)

// TRY(const auto x, f()); — x is f()'s value, or this function returns f()'s error. A statement,
// never an expression: the GNU statement-expression form leaks inside braces on gcc 12.
#define TRY(target, expression)                                                  \
  auto BO_CONCAT(try_, __LINE__) = (expression);                                 \
  if (!BO_CONCAT(try_, __LINE__)) return std::move(BO_CONCAT(try_, __LINE__)).error(); \
  target = std::move(BO_CONCAT(try_, __LINE__)).value()

// CHECK(f()); — the same where there is no value to keep.
#define CHECK(expression) \
  if (auto BO_CONCAT(check_, __LINE__) = (expression); !BO_CONCAT(check_, __LINE__)) \
  return std::move(BO_CONCAT(check_, __LINE__)).error()
