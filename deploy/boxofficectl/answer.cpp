#include "answer.h"

#include <algorithm>
#include <cstdio>

namespace boxoffice::ctl {
namespace {

struct ToText {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", v);
    return text;
  }
  std::string operator()(bool v) const { return v ? "yes" : "no"; }
  std::string operator()(const std::string& v) const { return v.empty() ? "-" : v; }
  std::string operator()(Instant v) const { return rfc3339(v); }
};

struct ToJson {
  json::Value operator()(std::monostate) const { return json::make_null(); }
  json::Value operator()(std::int64_t v) const { return json::make(v); }
  json::Value operator()(double v) const { return json::make(v); }
  json::Value operator()(bool v) const { return json::make(v); }
  json::Value operator()(const std::string& v) const { return json::make(std::string_view(v)); }
  json::Value operator()(Instant v) const { return json::make(std::string_view(rfc3339(v))); }
};

std::string text_of(const Cell& cell) { return std::visit(ToText{}, cell); }

bool is_number(const Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

// As wide as it looks: continuation bytes of UTF-8 take no room, Korean letters take two columns.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) width += byte >= 0xE3 ? 2 : 1;
  }
  return width;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string room(width - std::min(width, width_of(text)), ' ');
  return right ? room + text : text + room;
}

json::Object json_row(const Table& table, const std::vector<Cell>& row) {
  json::Object out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    out.set(table.columns[i].c_str(), std::visit(ToJson{}, row[i]));
  }
  return out;
}

std::string vertical(const Table& table) {
  std::size_t width = 0;
  for (const auto& name : table.columns) width = std::max(width, width_of(name));
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += padded(table.columns[i], width, false) + "  " + text_of(table.rows[0][i]) + "\n";
  }
  return out;
}

}  // namespace

Cell cell_of(const db::Value& value) {
  return std::visit([](const auto& v) { return Cell(v); }, value);
}

Answer rows(std::string list, std::vector<std::string> columns) {
  Answer out;
  out.list = std::move(list);
  out.table.columns = std::move(columns);
  return out;
}

Answer one(std::string message, const Properties& properties) {
  Answer out;
  out.message = std::move(message);
  out.table.rows.emplace_back();
  for (const auto& [name, cell] : properties) {
    out.table.columns.push_back(name);
    out.table.rows[0].push_back(cell);
  }
  return out;
}

std::string text_table(const Table& table, const char* indent) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(width_of(table.columns[i]));
    for (const auto& row : table.rows) widths[i] = std::max(widths[i], width_of(text_of(row[i])));
  }
  const auto line = [&](auto text_at, auto right_at) {
    std::string out = indent;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      out += padded(text_at(i), widths[i], right_at(i)) + (i + 1 < widths.size() ? "  " : "");
    }
    while (out.ends_with(' ')) out.pop_back();
    return out + "\n";
  };
  const auto right = [&](std::size_t i) { return !table.rows.empty() && is_number(table.rows[0][i]); };
  std::string out = line([&](std::size_t i) { return table.columns[i]; }, right);
  for (const auto& row : table.rows) {
    out += line([&](std::size_t i) { return text_of(row[i]); }, right);
  }
  return out;
}

std::string markdown_table(const Table& table) {
  std::string head = "|", rule = "|", body;
  for (const auto& name : table.columns) {
    head += " " + name + " |";
    rule += "---|";
  }
  for (const auto& row : table.rows) {
    body += "|";
    for (const auto& cell : row) body += " " + text_of(cell) + " |";
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

json::Array json_rows(const Table& table) {
  json::Array out;
  for (const auto& row : table.rows) out.add(json_row(table, row));
  return out;
}

std::string as_text(const Answer& answer) {
  if (answer.object) return answer.text;
  std::string out = answer.message.empty() ? "" : answer.message + "\n";
  if (answer.brief) return out;
  if (answer.list.empty()) return out + vertical(answer.table);
  if (answer.table.rows.empty()) return out + "no " + answer.list + "\n";
  return out + text_table(answer.table, "");
}

std::string as_json(Answer answer) {
  if (answer.object) return answer.object->dump() + "\n";
  if (answer.list.empty()) return json_row(answer.table, answer.table.rows.at(0)).dump() + "\n";
  json::Object out;
  out.set(answer.list.c_str(), json_rows(answer.table));
  return out.dump() + "\n";
}

}  // namespace boxoffice::ctl
