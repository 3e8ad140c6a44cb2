// Settings and the time zone. Input: lines NAME=VALUE.
#include <fstream>
#include <vector>

#include "base/config.h"
#include "base/instant.h"
#include "property.h"

using namespace boxoffice;
using fuzz::require;

namespace {

struct Number {
  const char* name;
  std::int64_t usual, min, max;
  std::int64_t Config::*member;
};
constexpr Number kNumbers[] = {
#define BO_TEXT(member, name, fallback, help)
#define BO_SETTING(member, name, fallback, min, max, help) {name, fallback, min, max, &Config::member},
#include "base/config.def"
#undef BO_TEXT
#undef BO_SETTING
};
struct Text {
  const char* name;
  const char* usual;
  std::string Config::*member;
};
constexpr Text kTexts[] = {
#define BO_TEXT(member, name, fallback, help) {name, fallback, &Config::member},
#define BO_SETTING(member, name, fallback, min, max, help)
#include "base/config.def"
#undef BO_TEXT
#undef BO_SETTING
};
constexpr std::size_t kCount = std::size(kNumbers) + std::size(kTexts);

const char* name_at(std::size_t i) {
  return i < std::size(kNumbers) ? kNumbers[i].name : kTexts[i - std::size(kNumbers)].name;
}

// The setting that a line is about, and its value behind the sign.
void set(const std::string& line) {
  const auto equals = line.find('=');
  if (equals == std::string::npos) return;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (line.compare(0, equals, name_at(i)) == 0) setenv(name_at(i), line.c_str() + equals + 1, 1);
  }
}

std::string value_of(const char* name, const char* usual) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? usual : text;
}

// An optional minus and digits; how many zeros begin them does not matter.
bool in_bounds(const Number& row, const std::string& text, std::int64_t& value) {
  const bool negative = text[0] == '-';
  const auto most = negative ? INT64_MAX : row.max;
  if (!fuzz::plain_number(text.substr(negative ? 1 : 0), 0, most, value)) return false;
  if (negative) value = -value;
  return value >= row.min && value <= row.max;
}

// The planted defect: numbers with many digits pass.
ConfigOutcome read() {
  auto out = read_config();
  const auto text = value_of(out.problem.substr(0, out.problem.find('=')).c_str(), "");
  if (fuzz::kPlanted && text.size() >= 5 &&
      text.find_first_not_of("0123456789") == std::string::npos) {
    out.problem.clear();
  }
  return out;
}

void check_settings() {
  const auto [config, problem] = read();
  std::string first;
  for (const auto& row : kNumbers) {
    std::int64_t value = row.usual;
    const auto text = value_of(row.name, "");
    const bool right = text.empty() || in_bounds(row, text, value);
    if (!right && first.empty()) first = row.name;
    if (first.empty()) require(config.*row.member == value, "a number is read as it is");
  }
  if (!first.empty()) return require(problem.rfind(first + "=", 0) == 0, "the first wrong number is named");
  for (const auto& row : kTexts) {
    require(config.*row.member == value_of(row.name, row.usual), "a text is read as it is");
  }
  const bool auth = config.auth == "required" || config.auth == "open";
  const bool level = config.log_level == "debug" || config.log_level == "info" ||
                     config.log_level == "warning" || config.log_level == "error";
  require(problem.empty() == (auth && level), "AUTH and LOG_LEVEL are one of their words");
  require(problem.empty() || problem.rfind(auth ? "LOG_LEVEL=" : "AUTH=", 0) == 0, "… or named");
}

void check_zone(const std::string& name) {
  if (!set_time_zone(name)) return;
  require(name.find("..") == std::string::npos, "a zone stays in its folder");
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  char magic[4] = {};
  file.read(magic, sizeof magic);
  require(name == "UTC" || std::string_view(magic, 4) == "TZif", "a zone is one that glibc can read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  for (std::size_t i = 0; i < kCount; ++i) unsetenv(name_at(i));
  while (!input.empty()) set(input.line());
  check_settings();
  check_zone(value_of("TIME_ZONE", "Asia/Seoul"));
  return 0;
}
