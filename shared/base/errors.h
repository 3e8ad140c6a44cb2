// The error catalogue as C++: an enum, and one row of facts for each of its values.
// Source: errors.def, the only place where an error is defined.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace boxoffice {

enum class ErrorCode {
#define BO_ERROR(stage, name, ...) name,
#include "base/errors.def"
#undef BO_ERROR
};

// When in the life of a request an error is answered; earlier stages come first.
enum class Stage { transport, identity, replay, admission, shape, existence, state, fault };
enum class LogLevel { debug, info, warning, error };
enum class Language { english, korean };

struct ErrorRow {
  Stage stage;
  std::string_view name;
  int status;  // HTTP
  LogLevel level;
  std::string_view title_en, title_ko;
  std::string_view advice_en, advice_ko;
};

inline constexpr std::array kErrors = {
#define BO_ERROR(stage, name, status, level, en, ko, advice_en, advice_ko) \
  ErrorRow{Stage::stage, #name, status, LogLevel::level, en, ko, advice_en, advice_ko},
#include "base/errors.def"
#undef BO_ERROR
};

constexpr bool errors_are_sorted_by_stage() {
  for (std::size_t i = 1; i < kErrors.size(); ++i) {
    if (kErrors[i].stage < kErrors[i - 1].stage) return false;
  }
  return true;
}
static_assert(errors_are_sorted_by_stage(), "row order is the documented precedence");

constexpr const ErrorRow& error_row(ErrorCode code) {
  return kErrors[static_cast<std::size_t>(code)];
}

}  // namespace boxoffice
