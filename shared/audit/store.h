// The promises of the system as statements that find what breaks them; the SQL is in store.cpp.
#pragma once

#include <string>
#include <vector>

#include "db/connection.h"

namespace boxoffice::audit {

struct Invariant {
  const char* name;                  // a fixed word
  const char* promise;               // what holds, in one line
  std::vector<const char*> columns;  // of the offending rows
  const char* sql;                   // selects the offending rows
};
const std::vector<Invariant>& invariants();

// What the statements compare with: one look at the database, and the limit in force.
void begin_snapshot(db::Connection& connection, std::int64_t seats_per_user_max);
void end_snapshot(db::Connection& connection);
// Up to `limit` offending rows.
db::Rows load_offenders(db::Connection& connection, const Invariant& invariant, std::int64_t limit);

}  // namespace boxoffice::audit
