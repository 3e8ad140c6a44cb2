// What an operation answered, as one word: "ok", or the name of the refusal.
#pragma once

#include <string>

#include "base/result.h"

namespace boxoffice::checks {

inline std::string name_of(ErrorCode code) { return std::string(error_row(code).name); }

template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : name_of(result.error().code);
}

// A fact of a refusal; fails the test's expectation by being of the wrong type or absent.
template <class T>
T fact(const Error& error, const std::string& name) {
  for (const auto& [key, value] : error.facts) {
    if (key == name) return std::get<T>(value);
  }
  throw std::logic_error("the refusal has no fact " + name);
}

}  // namespace boxoffice::checks
