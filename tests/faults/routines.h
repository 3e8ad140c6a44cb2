// Procedures and views of the schema, with a guard taken away: what mutate() is for statements.
#pragma once

#include <string>
#include <vector>

#include "db/connection.h"

namespace boxoffice::faults {

// In the text of one of them: every `find` becomes `put`.
struct Change {
  const char* routine;
  std::string find, put;
};

// Creates each anew, changed; without changes, as the last file of the schema that creates it has it.
// Throws where there is nothing to change.
void create_routines(db::Connection& connection, const std::vector<Change>& changes);

}  // namespace boxoffice::faults
