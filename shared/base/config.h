// Settings, read once from the environment. Source of names, defaults and bounds: config.def.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice {

struct Config {
#define BO_TEXT(member, name, fallback, help) std::string member = fallback;
#define BO_SETTING(member, name, fallback, min, max, help) std::int64_t member = fallback;
#include "base/config.def"
#undef BO_TEXT
#undef BO_SETTING

  [[nodiscard]] bool auth_open() const { return auth == "open"; }
};

// One row of the table, as text for `boxofficectl settings` and the tests.
struct SettingRow {
  std::string_view name, fallback, bounds, help;
};
const std::vector<SettingRow>& settings();

struct ConfigOutcome {
  Config config;
  std::string problem;  // empty, or one line that names the variable and what it may be
};
ConfigOutcome read_config();

// A file's content without trailing line ends. False when it cannot be read.
bool read_secret_file(const std::string& path, std::string& content);

}  // namespace boxoffice
