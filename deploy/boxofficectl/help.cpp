#include <algorithm>

#include "command.h"

namespace boxoffice::ctl {
namespace {

constexpr auto kGlobal =
    "Every command takes --json (machine-readable answer) and --help.\n"
    "Exit codes: 0 done, 1 refused or something found, 2 wrong use, 3 the database is away.\n";

std::string lines(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [left, right] : pairs) width = std::max(width, left.size());
  std::string out;
  for (const auto& [left, right] : pairs) {
    out += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
  }
  return out;
}

std::string group_of(const Command& command) { return command.name.substr(0, command.name.find(' ')); }

std::string summaries(const Commands& commands, const std::string& group) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& c : commands) {
    // What follows a summary's first line is for the command's own help.
    const auto line = c.summary.substr(0, c.summary.find('\n'));
    if (group.empty() || group_of(c) == group) pairs.emplace_back(c.name, line);
  }
  return lines(pairs);
}

std::string with_value(const Parameter& p) {
  return p.kind == Kind::flag || !p.option() ? p.name : p.name + " " + p.placeholder;
}

}  // namespace

std::string usage_of(const Command& command) {
  std::string out = "boxofficectl " + command.name;
  for (const auto& p : command.parameters) {
    out += p.required ? " " + with_value(p) : " [" + with_value(p) + "]";
  }
  return out;
}

std::string help_of(const Command& command) {
  std::string out = "usage: " + usage_of(command) + "\n\n" + command.summary + "\n";
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& p : command.parameters) pairs.emplace_back(with_value(p), p.help);
  if (!pairs.empty()) out += "\n" + lines(pairs);
  return out + "\nexample:\n  boxofficectl " + command.example + "\n\n" + kGlobal;
}

std::string help_of_group(const Commands& commands, const std::string& group) {
  std::string out = "usage: boxofficectl " + group + " COMMAND …\n\n" + summaries(commands, group);
  for (const auto& c : commands) {
    if (group_of(c) == group) return out + "\nexample:\n  boxofficectl " + c.example + "\n\n" + kGlobal;
  }
  return {};
}

std::string help_of_all(const Commands& commands) {
  return "usage: boxofficectl COMMAND …\n\n"
         "What an operator does to a box office, and what they want to know of it.\n\n" +
         summaries(commands, {}) +
         "\nexamples:\n"
         "  boxofficectl queue set 1 --capacity 200\n"
         "  boxofficectl queue set --help\n\n" +
         kGlobal +
         "Settings (DB_SOCKET, DB_NAME, …) come from the environment: boxofficectl settings.\n";
}

}  // namespace boxoffice::ctl
