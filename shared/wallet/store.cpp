#include "wallet/store.h"

namespace boxoffice::wallet {
namespace {

constexpr auto kBalance = "SELECT balance FROM account WHERE id = ?";
constexpr auto kEntries =
    "SELECT id, kind, ABS(amount), balance_after, reservation_id, created_at FROM ledger "
    "WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr auto kAdd = "UPDATE account SET balance = balance + ? WHERE id = ? AND balance <= ?";
constexpr auto kCharge = "CALL charge_account(?, ?, ?, ?, ?)";
// The balance after is read from the row that this transaction has just changed and still locks.
constexpr auto kWrite =
    "INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at) "
    "SELECT id, ?, ?, balance, ?, NOW(6) FROM account WHERE id = ? RETURNING balance_after";

std::optional<Won> write(db::Tx& tx, UserId user, const char* kind, std::int64_t signed_amount,
                         std::optional<ReservationId> reservation) {
  return tx->row(kWrite, kind, signed_amount, reservation, user)->won(0);
}

}  // namespace

std::optional<Won> load_balance(db::Connection& connection, UserId user) {
  const auto row = connection.row(kBalance, user);
  if (!row) return {};
  return row->won(0);
}

std::vector<Entry> load_entries(db::Connection& connection, UserId user, std::int64_t before,
                                std::int64_t limit) {
  std::vector<Entry> out;
  for (const auto& row : connection.query(kEntries, user, before, limit)) {
    out.push_back({row.id<LedgerId>(0), row.text(1), row.won(2), row.won(3), row.maybe_integer(4),
                   row.instant(5)});
  }
  return out;
}

std::optional<Won> add_charge(db::Tx& tx, UserId user, Won amount, Won balance_max) {
  const auto sets = tx->call(kCharge, tx.opens(), tx.closes(), user, amount, balance_max);
  const auto after = sets[0].front().maybe_integer(0);
  if (!after) return {};
  return Won{*after};
}

std::optional<Won> give_refund(db::Tx& tx, UserId user, Won amount, ReservationId reservation) {
  constexpr std::int64_t kNoBound = INT64_MAX;
  if (amount > Won{0} && tx->change(kAdd, amount, user, kNoBound) != 1) return {};
  return write(tx, user, "REFUND", amount.value, reservation);
}

}  // namespace boxoffice::wallet
