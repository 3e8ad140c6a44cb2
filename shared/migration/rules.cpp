#include "migration/rules.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace boxoffice::migration {
namespace {

constexpr std::string_view kDelimiter = "DELIMITER ";

std::string_view trimmed(std::string_view line) {
  const auto blank = " \t\r";
  const auto first = line.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

}  // namespace

std::optional<std::int64_t> version_of(std::string_view name) {
  constexpr std::size_t kDigits = 3;
  if (name.size() <= kDigits || name[kDigits] != '_' || !name.ends_with(".sql")) return {};
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, version);
  if (error != std::errc{} || end != name.data() + kDigits || version < 1) return {};
  return version;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  std::string statement;
  std::string_view end = ";";
  while (!text.empty()) {
    const auto length = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.empty() || line.starts_with("--")) continue;
    if (line.starts_with(kDelimiter)) {
      end = trimmed(line.substr(kDelimiter.size()));
      continue;
    }
    if (!statement.empty()) statement += '\n';
    statement += line;
    if (!line.ends_with(end)) continue;
    statement.resize(statement.size() - end.size());
    out.push_back(std::move(statement));
    statement.clear();
  }
  if (!statement.empty()) out.push_back(std::move(statement));
  return out;
}

std::string joined(const File& file, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += file.statements[i] + ";\n";
  return out;
}

}  // namespace boxoffice::migration
