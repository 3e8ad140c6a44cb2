// A table written as text in a test: the first row names the columns, each other row is a case.
// Cells are separated by blanks; empty rows and rows that begin with // are passed over.
#pragma once

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace boxoffice::checks {

class Case {
 public:
  Case(std::string line, std::map<std::string, std::string> cells)
      : line_(std::move(line)), cells_(std::move(cells)) {}
  const std::string& operator[](const std::string& column) const { return cells_.at(column); }
  [[nodiscard]] std::int64_t number(const std::string& column) const {
    return std::stoll(cells_.at(column));
  }
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  std::string line_;
  std::map<std::string, std::string> cells_;
};

inline std::vector<Case> table(const std::string& text) {
  std::vector<Case> cases;
  std::vector<std::string> columns;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> cells;
    for (std::string word; words >> word && word.rfind("//", 0) != 0;) cells.push_back(word);
    if (cells.empty()) continue;
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    if (cells.size() != columns.size()) throw std::logic_error("a row of another width: " + line);
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < cells.size(); ++i) row[columns[i]] = cells[i];
    cases.emplace_back(line, std::move(row));
  }
  if (cases.empty()) throw std::logic_error("a table without cases proves nothing");
  return cases;
}

}  // namespace boxoffice::checks
