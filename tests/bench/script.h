// What both drivers play: a table of rows (people, seats, tokens: tab-separated, names in the first
// line) and templates that name its columns in braces.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::bench {

// Values of the columns, and behind them what was captured from answers.
using Values = std::vector<std::string_view>;

class Names {
 public:
  std::size_t add(const std::string& name);  // the old index where there is one
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] std::size_t count() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
};

class Template {
 public:
  Template() = default;
  // A brace that encloses no known name stands for itself, so that JSON can be written as it is.
  Template(std::string_view text, const Names& names);
  void render(const Values& values, std::string& out) const;
  [[nodiscard]] bool empty() const { return parts_.empty(); }
  // Texts between the values, and the values: for a statement's placeholders.
  struct Part {
    std::string text;
    std::optional<std::size_t> value;
  };
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }

 private:
  std::vector<Part> parts_;
};

struct Rows {
  std::string text;
  std::vector<std::string> names;
  std::vector<Values> rows;
};
Rows read_rows(const std::string& path);

// One request of a flow, and what its answer has to be.
struct Step {
  std::string name;
  int status = 200;
  std::vector<Template> has;  // each must be in the body
  std::string until;          // asked again until this is in the body
  struct Capture {
    std::string member;
    std::size_t value;
  };
  std::vector<Capture> captures;
  Template head, body;
};
// See tests/bench/flows.py, which writes them.
std::vector<Step> read_script(const std::string& path, Names& names);

std::string read_file(const std::string& path);

}  // namespace boxoffice::bench
