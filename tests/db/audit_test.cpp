// What an audit costs; that it finds what it must is held by tests/ctl/audit_controls.py.
#include "support/world.h"

namespace boxoffice::checks {
namespace {

class Audit : public World {
 protected:
  static constexpr int kUsers = 400, kCharges = 40;

  void charge_everybody() {
    db.change("INSERT INTO account (uuid, name, created_at, balance) "
              "SELECT UUID(), seq, NOW(6), ? FROM seq_1_to_" + std::to_string(kUsers), kCharges);
    db.change("INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) "
              "SELECT a.id, 'CHARGE', 1, s.seq, NOW(6) FROM seq_1_to_" + std::to_string(kCharges) +
              " s JOIN account a ORDER BY s.seq");
    db.command("ANALYZE TABLE account, ledger");
  }
  static std::int64_t rows_read(db::Connection& connection) {
    return connection
        .row("SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status "
             "WHERE variable_name LIKE 'HANDLER_READ%'")
        ->integer(0);
  }
  static std::int64_t read_by_an_audit(db::Connection& connection) {
    const auto before = rows_read(connection);
    audit::run(connection, kHoldLimits.seats_per_user_max);
    return rows_read(connection) - before;
  }
};

// Whoever audits a sale while it is on does so again and again on one connection, while the tables
// grow. MariaDB plans a statement's later executions in another way, and would read the whole ledger
// for every user.
TEST_F(Audit, ReadsNoMoreOnAConnectionThatHasAuditedWhenThereWasLess) {
  read_by_an_audit(db);
  charge_everybody();
  db::Connection fresh{access()};
  const auto once = read_by_an_audit(fresh);
  EXPECT_GT(once, kUsers * kCharges);
  for (int i = 0; i < 3; ++i) EXPECT_LT(read_by_an_audit(db), 2 * once);
}

}  // namespace
}  // namespace boxoffice::checks
