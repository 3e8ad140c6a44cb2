#include "migration/service.h"

#include <algorithm>

#include "migration/store.h"

namespace boxoffice::migration {
namespace {

constexpr std::int64_t kWaitSeconds = 600;

Error refusal(std::string english) {
  return refuse(ErrorCode::INTERNAL).saying(std::move(english), {});
}

class Lock {
 public:
  explicit Lock(db::Connection& connection)
      : connection_(connection), had_(lock(connection, kWaitSeconds)) {}
  ~Lock() {
    // A connection that is gone has taken its locks with it.
    try {
      if (had_ && connection_.connected()) unlock(connection_);
    } catch (const db::Fault&) {
      connection_.close();
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  [[nodiscard]] bool had() const { return had_; }

 private:
  db::Connection& connection_;
  bool had_;
};

Result<Done> check_unchanged(db::Connection& connection, const File& file, const Progress& progress) {
  const auto done = static_cast<std::size_t>(progress.statements_done);
  const bool same = file.statements.size() >= done &&
                    (!progress.complete || file.statements.size() == done) &&
                    checksum_of(connection, joined(file, done)) == progress.checksum;
  if (same) return Done{};
  return refusal(file.name + ": changed after it was applied" +
                 (progress.name == file.name ? "" : " as " + progress.name) +
                 "; restore it, and put the change into a new file");
}

// A statement and the record of it: one transaction, as far as the statement lets it be one.
Result<Done> run_statement(db::Connection& connection, const File& file, std::size_t index) {
  const auto count = index + 1;
  try {
    connection.command("START TRANSACTION");
    connection.command(file.statements[index]);
    save_step(connection, {file.version, file.name, static_cast<std::int64_t>(count),
                           checksum_of(connection, joined(file, count)),
                           count == file.statements.size()});
    connection.commit();
    return Done{};
  } catch (const db::Fault& fault) {
    // Where the connection is lost, so is the lock of migrations: nothing more is to be sent.
    if (!connection.connected()) throw;
    connection.command("ROLLBACK");
    return refusal(file.name + ": statement " + std::to_string(count) + " of " +
                   std::to_string(file.statements.size()) + " failed: " + fault.what() + "\n" +
                   file.statements[index]);
  }
}

Result<Done> apply(db::Connection& connection, const File& file, const Progress& progress,
                   Outcome& outcome) {
  CHECK(check_unchanged(connection, file, progress));
  if (progress.complete) return Done{};
  const auto first = static_cast<std::size_t>(progress.statements_done);
  for (auto i = first; i < file.statements.size(); ++i) CHECK(run_statement(connection, file, i));
  outcome.applied.push_back({file.name, static_cast<std::int64_t>(file.statements.size() - first)});
  return Done{};
}

}  // namespace

Result<Outcome> migrate(db::Connection& connection, const std::vector<File>& files) {
  lift_statement_limit(connection);
  const Lock one_at_a_time(connection);
  if (!one_at_a_time.had()) {
    return refusal("another migration of this database is still at work; try again when it is done");
  }
  create_table(connection);
  auto versions = load_versions(connection);
  Outcome outcome;
  for (const auto& file : files) {
    const auto found = versions.find(file.version);
    const auto progress = found == versions.end()
                              ? Progress{file.name, 0, checksum_of(connection, ""), false}
                              : found->second;
    CHECK(apply(connection, file, progress, outcome));
    outcome.version = std::max(outcome.version, file.version);
    versions.erase(file.version);
  }
  for (const auto& [version, progress] : versions) {
    outcome.unknown_files.push_back(progress.name);
    outcome.version = std::max(outcome.version, version);
  }
  return outcome;
}

}  // namespace boxoffice::migration
