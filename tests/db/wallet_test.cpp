// Charging on a real database.
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;

namespace {

class Charge : public World {
 protected:
  UserId user = make_user();

  static Result<Won> charge(db::Connection& connection, UserId who, std::int64_t amount,
                            const wallet::Limits& limits = kChargeLimits) {
    return db::transact(connection, [&](db::Tx& tx) {
      return wallet::charge(tx, who, Won{amount}, limits);
    });
  }
};

TEST_F(Charge, AddsUpInTheBalanceAndInTheHistory) {
  EXPECT_EQ(*charge(db, user, 100), Won{100});
  EXPECT_EQ(*charge(db, user, 50), Won{150});
  const auto entries = wallet::history(db, user, INT64_MAX, 10);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].balance_after, Won{150});
  EXPECT_EQ((*entries)[0].amount, Won{50});
  EXPECT_EQ((*entries)[1].balance_after, Won{100});
  EXPECT_EQ((*entries)[0].state, "CHARGE");
  EXPECT_FALSE((*entries)[0].reservation);
}

TEST_F(Charge, KeepsToItsLimitsAndLeavesNothingWhereItRefuses) {
  const wallet::Limits limits{Won{100}, Won{150}};
  EXPECT_EQ(*charge(db, user, 100, limits), Won{100});
  const auto before = fingerprint(user);
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{101}, INT64_MAX}) {
    EXPECT_EQ(outcome(charge(db, user, bad, limits)), "INVALID_AMOUNT") << bad;
  }
  EXPECT_EQ(outcome(charge(db, user, 51, limits)), "BALANCE_LIMIT");
  EXPECT_EQ(fingerprint(user), before);
  EXPECT_EQ(*charge(db, user, 50, limits), Won{150});
}

TEST_F(Charge, OfAnAccountThatDoesNotExistIsRefused) {
  EXPECT_EQ(outcome(charge(db, {user.value + 999}, 1)), "USER_NOT_FOUND");
  EXPECT_EQ(outcome(wallet::balance(db, {user.value + 999})), "USER_NOT_FOUND");
  EXPECT_EQ(outcome(wallet::history(db, {user.value + 999}, INT64_MAX, 1)), "USER_NOT_FOUND");
}

TEST_F(Charge, FiftyAtOnceAllCount) {
  const auto answers = at_once(50, [&](db::Connection& connection, int) {
    return outcome(charge(connection, user, 10));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 50);
  EXPECT_EQ(balance(user), 500);
  EXPECT_EQ(number("SELECT COUNT(DISTINCT balance_after) FROM ledger WHERE user_id = ?", user), 50);
}

TEST_F(Charge, ManyAtOnceStopExactlyAtTheLimit) {
  const auto answers = at_once(30, [&](db::Connection& connection, int) {
    return outcome(charge(connection, user, 10, {Won{10}, Won{125}}));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 12);
  EXPECT_EQ(count_of<std::string>(answers, "BALANCE_LIMIT"), 18);
  EXPECT_EQ(balance(user), 120);
}

// The control of the two above: reading the balance and writing it back loses charges, and the
// audit that follows every test sees it.
TEST_F(Charge, ByReadingAndWritingBackWouldLoseMoneyAndTheAuditWouldTell) {
  db::Connection other(access());
  db::Attempt one(db), two(other);
  const auto seen_by_one = wallet::load_balance(db, user)->value;
  const auto seen_by_two = wallet::load_balance(other, user)->value;
  const auto write = [&](db::Attempt& attempt, std::int64_t seen) {
    attempt.tx()->change("UPDATE account SET balance = ? WHERE id = ?", seen + 10, user);
    attempt.tx()->change("INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) "
                         "VALUES (?, 'CHARGE', 10, ?, NOW(6))", user, seen + 10);
    attempt.commit();
  };
  write(one, seen_by_one);
  write(two, seen_by_two);
  EXPECT_NE(broken().find("ledger_sum"), std::string::npos);
  db.change("UPDATE account SET balance = 20 WHERE id = ?", user);
  db.change("UPDATE ledger SET balance_after = 20 WHERE user_id = ? ORDER BY id DESC LIMIT 1",
            user);
}

TEST_F(Charge, HistoryIsReadInPagesNewestFirst) {
  for (int i = 1; i <= 5; ++i) charge(db, user, i).value();
  const auto first = wallet::history(db, user, INT64_MAX, 2);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ((*first)[0].amount, Won{5});
  const auto second = wallet::history(db, user, (*first)[1].id.value, 2);
  EXPECT_EQ((*second)[0].amount, Won{3});
  EXPECT_EQ((*second)[1].amount, Won{2});
}

TEST_F(Charge, TheDatabaseItselfRefusesANegativeBalance) {
  EXPECT_THROW(db.change("UPDATE account SET balance = -1 WHERE id = ?", user), db::Fault);
}

class Register : public World {};

TEST_F(Register, OneOfManyGetsTheNameAndTheOthersAreTold) {
  const auto name = token::new_uuid();
  const auto answers = at_once(12, [&](db::Connection& connection, int) {
    const auto made = db::transact(connection, [&](db::Tx& tx) {
      return account::register_user(tx, {name, "a@example.org", {}});
    });
    return outcome(made);
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 1);
  EXPECT_EQ(count_of<std::string>(answers, "NAME_TAKEN"), 11);
  EXPECT_EQ(account::find_by_name(db, name)->name, name);
}

TEST_F(Register, NamesDifferByCaseAndLanguageAndLength) {
  const auto id = token::new_uuid();
  for (const auto& name : {id + "kim", id + "KIM", id + "김", std::string(100, 'x')}) {
    const auto made = db::transact(db, [&](db::Tx& tx) {
      return account::register_user(tx, {name, {}, {}});
    });
    EXPECT_EQ(outcome(made), "ok") << name;
    EXPECT_EQ(account::find(db, made->id)->name, name);
  }
}

TEST_F(Register, LogInTakesThePasswordAndNothingElse) {
  const auto name = token::new_uuid();
  db::transact(db, [&](db::Tx& tx) {
    return account::register_user(tx, {name, {}, account::hash_password("secret")});
  }).value();
  EXPECT_EQ(outcome(account::log_in(db, name, "secret")), "ok");
  for (const char* wrong : {"Secret", "", "secret "}) {
    EXPECT_EQ(outcome(account::log_in(db, name, wrong)), "CREDENTIALS_INVALID") << wrong;
  }
  EXPECT_EQ(outcome(account::log_in(db, token::new_uuid(), "secret")), "CREDENTIALS_INVALID");
}

TEST_F(Register, WithoutAPasswordNobodyLogsIn) {
  const auto user = account::find(db, make_user());
  EXPECT_EQ(outcome(account::log_in(db, user->name, "")), "CREDENTIALS_INVALID");
  EXPECT_FALSE(account::password_matches(*user, std::nullopt));
  EXPECT_FALSE(account::password_matches(*user, ""));
}

}  // namespace
