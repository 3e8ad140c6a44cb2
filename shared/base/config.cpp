#include "base/config.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace boxoffice {
namespace {

bool read_number(const char* name, std::int64_t min, std::int64_t max, std::int64_t& target,
                 std::string& problem) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return true;
  const std::string_view view = text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  if (error == std::errc{} && end == view.data() + view.size() && value >= min && value <= max) {
    target = value;
    return true;
  }
  problem = std::string(name) + "=" + text + ": must be a whole number from " +
            std::to_string(min) + " to " + std::to_string(max);
  return false;
}

void read_text(const char* name, std::string& target) {
  const char* text = std::getenv(name);
  if (text != nullptr && *text != '\0') target = text;
}

bool one_of(std::string_view value, std::initializer_list<std::string_view> allowed) {
  for (const auto a : allowed) {
    if (value == a) return true;
  }
  return false;
}

}  // namespace

const std::vector<SettingRow>& settings() {
  static const std::vector<SettingRow> rows = {
#define BO_TEXT(member, name, fallback, help) {name, fallback, "", help},
#define BO_SETTING(member, name, fallback, min, max, help) {name, #fallback, #min " to " #max, help},
#include "base/config.def"
#undef BO_TEXT
#undef BO_SETTING
  };
  return rows;
}

ConfigOutcome read_config() {
  ConfigOutcome out;
#define BO_TEXT(member, name, fallback, help) read_text(name, out.config.member);
#define BO_SETTING(member, name, fallback, min, max, help) \
  if (!read_number(name, min, max, out.config.member, out.problem)) return out;
#include "base/config.def"
#undef BO_TEXT
#undef BO_SETTING
  if (!one_of(out.config.auth, {"required", "open"})) {
    out.problem = "AUTH=" + out.config.auth + ": must be required or open";
  } else if (!one_of(out.config.log_level, {"debug", "info", "warning", "error"})) {
    out.problem = "LOG_LEVEL=" + out.config.log_level + ": must be debug, info, warning or error";
  }
  return out;
}

bool read_secret_file(const std::string& path, std::string& content) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  content.assign(std::istreambuf_iterator<char>(file), {});
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return true;
}

}  // namespace boxoffice
