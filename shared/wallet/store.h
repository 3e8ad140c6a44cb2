// Rows of account.balance and of the ledger. Every change of a balance is here, and writes its
// ledger row in the same call: the two cannot part.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "db/tx.h"

namespace boxoffice::wallet {

struct Entry {
  LedgerId id;
  std::string state;  // CHARGE, USE, REFUND
  Won amount;         // never negative: the state says the direction
  Won balance_after;
  std::optional<std::int64_t> reservation;
  Instant at;
};

std::optional<Won> load_balance(db::Connection& connection, UserId user);
std::vector<Entry> load_entries(db::Connection& connection, UserId user, std::int64_t before,
                                std::int64_t limit);

// Each changes the balance within its bound and says the new one; nothing where the bound (or a
// missing account) forbids it.
std::optional<Won> add_charge(db::Tx& tx, UserId user, Won amount, Won balance_max);
// A refund has no upper bound: money that was taken can always be given back.
std::optional<Won> give_refund(db::Tx& tx, UserId user, Won amount, ReservationId reservation);

}  // namespace boxoffice::wallet
