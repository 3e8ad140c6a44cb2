#include "migration/store.h"

namespace boxoffice::migration {
namespace {

constexpr auto kCreate =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version BIGINT NOT NULL PRIMARY KEY,"
    " name VARCHAR(200) NOT NULL,"
    " checksum CHAR(64) NOT NULL COMMENT 'SHA-256 of the statements done',"
    " statements_done INT NOT NULL,"
    " applied_at DATETIME(6) NULL COMMENT 'NULL: stopped on the way; the next run goes on'"
    ") ENGINE=InnoDB";
constexpr auto kLoad =
    "SELECT version, name, statements_done, checksum, applied_at IS NOT NULL FROM schema_migration";
constexpr auto kChecksum = "SELECT SHA2(?, 256)";
constexpr auto kSave =
    "INSERT INTO schema_migration (version, name, checksum, statements_done, applied_at) "
    "VALUES (?, ?, ?, ?, IF(?, NOW(6), NULL)) ON DUPLICATE KEY UPDATE name = VALUES(name), "
    "checksum = VALUES(checksum), statements_done = VALUES(statements_done), "
    "applied_at = VALUES(applied_at)";
constexpr auto kLock = "SELECT GET_LOCK(CONCAT('boxoffice.migrate.', DATABASE()), ?)";
constexpr auto kUnlock = "SELECT RELEASE_LOCK(CONCAT('boxoffice.migrate.', DATABASE()))";

}  // namespace

void create_table(db::Connection& connection) { connection.command(kCreate); }

Versions load_versions(db::Connection& connection) {
  Versions out;
  for (const auto& row : connection.query(kLoad)) {
    out[row.integer(0)] = {row.text(1), row.integer(2), row.text(3), row.flag(4)};
  }
  return out;
}

std::string checksum_of(db::Connection& connection, const std::string& text) {
  return connection.row(kChecksum, text)->text(0);
}

void save_step(db::Connection& connection, const Step& step) {
  connection.change(kSave, step.version, step.name, step.checksum, step.statements_done,
                    step.complete);
}

bool lock(db::Connection& connection, std::int64_t seconds) {
  return connection.row(kLock, seconds)->flag(0);
}

void unlock(db::Connection& connection) { connection.query(kUnlock); }

void lift_statement_limit(db::Connection& connection) {
  connection.command("SET SESSION max_statement_time = 0, lock_wait_timeout = 60");
}

}  // namespace boxoffice::migration
