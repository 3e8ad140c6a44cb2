#include "bench/script.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace boxoffice::bench {
namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  while (true) {
    const auto end = text.find(by);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::size_t Names::add(const std::string& name) {
  if (const auto found = find(name)) return *found;
  names_.push_back(name);
  return names_.size() - 1;
}

std::optional<std::size_t> Names::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return {};
  return static_cast<std::size_t>(found - names_.begin());
}

Template::Template(std::string_view text, const Names& names) {
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    const auto value = end == std::string_view::npos
                           ? std::optional<std::size_t>{}
                           : names.find(text.substr(i + 1, end - i - 1));
    if (!value) {
      literal += text[i];
      continue;
    }
    parts_.push_back({std::exchange(literal, {}), value});
    i = end;
  }
  if (!literal.empty()) parts_.push_back({literal, {}});
}

void Template::render(const Values& values, std::string& out) const {
  for (const auto& part : parts_) {
    out += part.text;
    if (part.value) out += values[*part.value];
  }
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

Rows read_rows(const std::string& path) {
  Rows out{read_file(path), {}, {}};
  std::string_view text(out.text);
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (const auto line : split(text, '\n')) {
    auto values = split(line, '\t');
    if (out.names.empty()) {
      for (const auto name : values) out.names.emplace_back(name);
    } else if (values.size() == out.names.size()) {
      out.rows.push_back(std::move(values));
    } else {
      throw std::runtime_error(path + ": a row of another width");
    }
  }
  if (out.rows.empty()) throw std::runtime_error(path + ": no rows");
  return out;
}

std::vector<Step> read_script(const std::string& path, Names& names) {
  std::vector<Step> out;
  const std::string text = read_file(path);
  std::string_view rest(text);
  while (!rest.empty()) {
    const auto end = rest.find("\n====\n");
    std::string_view block = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 6);
    const auto middle = block.find("\n----\n");
    if (middle == std::string_view::npos) throw std::runtime_error(path + ": a step has no request");
    Step step;
    for (const auto line : split(block.substr(0, middle), '\n')) {
      const auto space = line.find(' ');
      const auto word = line.substr(0, space);
      const std::string value(space == std::string_view::npos ? "" : line.substr(space + 1));
      if (word == "step") step.name = value;
      if (word == "status") step.status = std::stoi(value);
      if (word == "has") step.has.emplace_back(value, names);
      if (word == "until") step.until = value;
      if (word == "capture") step.captures.push_back({"\"" + value + "\":", names.add(value)});
    }
    const auto request = block.substr(middle + 6);
    const auto blank = request.find("\n\n");
    std::string head;
    for (const auto line : split(request.substr(0, blank), '\n')) head.append(line).append("\r\n");
    step.head = Template(head, names);
    if (blank != std::string_view::npos) step.body = Template(request.substr(blank + 2), names);
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace boxoffice::bench
