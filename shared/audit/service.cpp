#include "audit/service.h"

namespace boxoffice::audit {

Audit run(db::Connection& connection, std::int64_t seats_per_user_max) {
  Audit out;
  begin_snapshot(connection, seats_per_user_max);
  for (const auto& invariant : invariants()) {
    auto rows = load_offenders(connection, invariant, kShownMax + 1);
    const bool more = static_cast<std::int64_t>(rows.size()) > kShownMax;
    if (more) rows.pop_back();
    if (!rows.empty()) ++out.broken;
    out.findings.push_back({&invariant, std::move(rows), more});
  }
  end_snapshot(connection);
  return out;
}

}  // namespace boxoffice::audit
