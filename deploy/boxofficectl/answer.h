// What a command answers, and how it is shown: as text for people, as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "db/connection.h"
#include "json/writer.h"

namespace boxoffice::ctl {

using Cell = std::variant<std::monostate, std::int64_t, double, bool, std::string, Instant>;
Cell cell_of(const db::Value& value);
template <class T>
Cell cell_of(const std::optional<T>& value) {
  return value ? Cell(*value) : Cell{};
}

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

struct Answer {
  std::string list;     // the member that holds the rows in JSON; empty: one row, shown by itself
  Table table;
  std::string message;  // one line for people, before the table
  bool brief = false;   // people are told the message alone
  bool ok = true;       // false: the command has something to complain of; exit code 1
  // For answers that are no single table: both forms, ready made.
  std::optional<json::Object> object;
  std::string text;
};

Answer rows(std::string list, std::vector<std::string> columns);
// One thing and its properties, in order.
using Properties = std::vector<std::pair<std::string, Cell>>;
Answer one(std::string message, const Properties& properties);

std::string as_text(const Answer& answer);
std::string as_json(Answer answer);
std::string text_table(const Table& table, const char* indent);
std::string markdown_table(const Table& table);
json::Array json_rows(const Table& table);

}  // namespace boxoffice::ctl
