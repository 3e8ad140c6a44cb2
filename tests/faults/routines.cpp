#include "faults/routines.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

#include "migration/rules.h"

namespace boxoffice::faults {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The name of what a statement creates anew, or nothing.
std::string routine_of(const std::string& statement) {
  static const std::regex creates(
      R"(CREATE OR REPLACE (?:SQL SECURITY INVOKER )?(?:PROCEDURE|VIEW) (\w+))");
  std::smatch found;
  const bool begins = std::regex_search(statement, found, creates, std::regex_constants::match_continuous);
  return begins ? found[1].str() : "";
}

std::map<std::string, std::string> routines() {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(BOXOFFICE_SCHEMA)) {
    files.insert(entry.path());
  }
  std::map<std::string, std::string> out;
  for (const auto& file : files) {
    for (const auto& statement : migration::split(read(file))) {
      if (const auto name = routine_of(statement); !name.empty()) out[name] = statement;
    }
  }
  return out;
}

void apply(const Change& change, std::string& text) {
  auto at = text.find(change.find);
  if (at == std::string::npos) {
    throw std::logic_error(std::string(change.routine) + " reads otherwise now: no " + change.find);
  }
  for (; at != std::string::npos; at = text.find(change.find, at + change.put.size())) {
    text.replace(at, change.find.size(), change.put);
  }
}

}  // namespace

void create_routines(db::Connection& connection, const std::vector<Change>& changes) {
  auto all = routines();
  for (const auto& change : changes) apply(change, all.at(change.routine));
  for (const auto& [name, text] : all) connection.command(text);
}

}  // namespace boxoffice::faults
