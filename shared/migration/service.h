// Brings the schema up to date: numbered files, each applied once, in order, never changed after.
//
// A file that fails half-way is taken up again at the statement that failed: what is done is
// recorded with each statement, because DDL cannot be rolled back.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "migration/rules.h"

namespace boxoffice::migration {

struct Applied {
  std::string name;
  std::int64_t statements;  // of this run
};
struct Outcome {
  std::vector<Applied> applied;
  std::int64_t version = 0;                // the newest that the database has
  std::vector<std::string> unknown_files;  // applied, but not among ours: a newer checkout's
};
// REQUIRES: files ascending by version, none twice. Refuses, in words for the operator, when an
// applied file has changed, when a statement fails (with the statement), and when another
// migration is at work for too long.
Result<Outcome> migrate(db::Connection& connection, const std::vector<File>& files);

}  // namespace boxoffice::migration
