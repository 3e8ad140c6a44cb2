// Rows of schema_migration: which files of sql/schema have been applied, and how far.
#pragma once

#include <map>
#include <string>

#include "db/connection.h"

namespace boxoffice::migration {

struct Progress {
  std::string name;
  std::int64_t statements_done;
  std::string checksum;  // of the statements done
  bool complete;
};
using Versions = std::map<std::int64_t, Progress>;

void create_table(db::Connection& connection);
Versions load_versions(db::Connection& connection);
std::string checksum_of(db::Connection& connection, const std::string& text);

struct Step {
  std::int64_t version;
  std::string name;
  std::int64_t statements_done;
  std::string checksum;
  bool complete;
};
void save_step(db::Connection& connection, const Step& step);

// One migration at a time in this database, from whatever machine. False: another one is at work
// for longer than `seconds`.
bool lock(db::Connection& connection, std::int64_t seconds);
void unlock(db::Connection& connection);
// Changing a large table takes as long as it takes.
void lift_statement_limit(db::Connection& connection);

}  // namespace boxoffice::migration
