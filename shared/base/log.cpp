#include "base/log.h"

#include <cstdio>
#include <unistd.h>

#include "base/instant.h"

namespace boxoffice::log {
namespace {

// A process has one name and one level; both are set before the first request.
struct Settings {
  std::string function = "boxoffice";
  LogLevel least = LogLevel::info;
};
Settings& settings() {
  static Settings s;
  return s;
}

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + '"';
}

void configure(std::string function, std::string_view least_level) {
  settings().function = std::move(function);
  for (int i = 0; i < 4; ++i) {
    if (kNames[i] == least_level) settings().least = static_cast<LogLevel>(i);
  }
}

void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < settings().least) return;
  std::string line = "{\"time\":" + quoted(rfc3339(wall_clock())) + ",\"level\":" +
                     quoted(kNames[static_cast<int>(level)]) + ",\"function\":" +
                     quoted(settings().function) + ",\"event\":" + quoted(event);
  for (const auto& field : fields) {
    line += "," + quoted(field.name) + ":";
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      line += std::to_string(*number);
    } else {
      line += quoted(std::get<std::string>(field.value));
    }
  }
  line += "}\n";
  // One write a line: lines of several workers in one file do not mix.
  const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
  (void)ignored;
}

}  // namespace boxoffice::log
