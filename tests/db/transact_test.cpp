// Transactions against what a database does to them: deadlocks, lock waits, lost connections.
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;
using db::Fault;
using db::FaultKind;

namespace {

class Transact : public World {
 protected:
  UserId ann = make_user(), bob = make_user();
  db::Connection other{access()};

  void add(db::Connection& connection, UserId user) {
    connection.change("UPDATE account SET email = CONCAT(COALESCE(email, ''), 'x') WHERE id = ?",
                      user);
  }
  std::string mark(UserId user) {
    return text("SELECT COALESCE(email, '') FROM account WHERE id = ?", user);
  }
  void lock(db::Connection& connection, UserId user) {
    connection.query("SELECT id FROM account WHERE id = ? FOR UPDATE", user);
  }
  // Ends the connection from outside, as a restart of the server would.
  void kill(db::Connection& victim) {
    const auto id = id_of(victim);
    other.command("KILL CONNECTION " + std::to_string(id));
    EXPECT_TRUE(eventually([&] {
      return other.query("SELECT 1 FROM information_schema.processlist WHERE id = ?", id).empty();
    }));
  }
  template <class Body>
  static FaultKind fault_of(Body body) {
    try {
      body();
    } catch (const Fault& fault) {
      return fault.kind();
    }
    ADD_FAILURE() << "no fault";
    return FaultKind::bug;
  }
};

TEST_F(Transact, CommitsAValueAndRollsARefusalBack) {
  EXPECT_EQ(outcome(db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    return Done{};
  })), "ok");
  EXPECT_EQ(mark(ann), "x");
  EXPECT_EQ(outcome(db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    return refuse(ErrorCode::SEAT_TAKEN);
  })), "SEAT_TAKEN");
  EXPECT_EQ(mark(ann), "x");
}

TEST_F(Transact, RollsBackWhateverIsThrownThroughIt) {
  EXPECT_THROW(db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    throw std::runtime_error("a bug");
  }), std::runtime_error);
  EXPECT_EQ(mark(ann), "");
  add(other, ann);  // nothing is locked any more
}

TEST_F(Transact, RunsAgainAfterADeadlockAndEachDeedHappensOnce) {
  std::atomic<int> runs = 0;
  std::barrier both(2);
  const auto answers = at_once(2, [&](db::Connection& connection, int i) {
    bool first = true;
    return outcome(db::transact(connection, [&](db::Tx& tx) -> Result<Done> {
      ++runs;
      add(tx.connection(), i == 0 ? ann : bob);
      if (std::exchange(first, false)) both.arrive_and_wait();
      add(tx.connection(), i == 0 ? bob : ann);
      return Done{};
    }));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 2);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(mark(ann) + mark(bob), "xxxx");
}

// Errors of a locking SELECT come after its columns, where the client library once hid them.
TEST_F(Transact, RunsAgainAfterADeadlockOfLockingReads) {
  std::atomic<int> runs = 0;
  std::barrier both(2);
  const auto answers = at_once(2, [&](db::Connection& connection, int i) {
    bool first = true;
    return outcome(db::transact(connection, [&](db::Tx& tx) -> Result<Done> {
      ++runs;
      lock(tx.connection(), i == 0 ? ann : bob);
      if (std::exchange(first, false)) both.arrive_and_wait();
      lock(tx.connection(), i == 0 ? bob : ann);
      return Done{};
    }));
  });
  EXPECT_EQ(count_of<std::string>(answers, "ok"), 2);
  EXPECT_EQ(runs, 3);
}

TEST_F(Transact, ALockThatIsNotGivenUpIsABusyDatabaseAfterTwoTries) {
  db::Attempt blocker(other);
  lock(other, ann);
  int runs = 0;
  const auto waiting = [&](auto statement) {
    runs = 0;
    return fault_of([&] {
      (void)db::transact(db, [&](db::Tx& tx) -> Result<Done> {
        ++runs;
        add(tx.connection(), bob);
        statement(tx.connection());
        return Done{};
      });
    });
  };
  EXPECT_EQ(waiting([&](db::Connection& c) { lock(c, ann); }), FaultKind::busy);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(mark(bob), "");  // a lock wait leaves the transaction open; it was ended all the same
  blocker.rollback();
  add(other, bob);
}

TEST_F(Transact, AStatementThatTakesTooLongIsStoppedAndCountsAsBusy) {
  EXPECT_EQ(fault_of([&] {
    db.query("SET STATEMENT max_statement_time = 0.05 FOR "
             "SELECT COUNT(*) FROM seq_1_to_9999999 a JOIN seq_1_to_9999 b");
  }), FaultKind::busy);
  EXPECT_EQ(number("SELECT 1"), 1);  // and the connection is as good as before
}

TEST_F(Transact, ADuplicateKeyIsSaidAsSuchAndTheTransactionGoesOn) {
  const auto done = db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    const auto name = account::load(tx.connection(), bob)->name;
    EXPECT_FALSE(account::insert(tx, name, {}, {}));
    EXPECT_EQ(fault_of([&] {
      tx->change("INSERT INTO account (uuid, name) VALUES ('u', ?)", name);
    }), FaultKind::duplicate);
    return Done{};
  });
  EXPECT_EQ(outcome(done), "ok");
  EXPECT_EQ(mark(ann), "x");
}

TEST_F(Transact, AConnectionThatDiedBeforeIsReplacedWithoutAWord) {
  EXPECT_EQ(number("SELECT 1"), 1);
  kill(db);
  EXPECT_EQ(outcome(db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    return Done{};
  })), "ok");
  EXPECT_EQ(mark(ann), "x");
  kill(db);
  EXPECT_EQ(db::read(db, [&](db::Connection& c) {
    return c.row("SELECT 7")->integer(0);
  }), 7);
}

TEST_F(Transact, AConnectionThatDiesHalfWayLeavesNothingAndIsTriedOnceMore) {
  int runs = 0;
  EXPECT_EQ(outcome(db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    add(tx.connection(), ann);
    if (++runs == 1) kill(tx.connection());
    add(tx.connection(), bob);
    return Done{};
  })), "ok");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(mark(ann), "x");
  EXPECT_EQ(mark(bob), "x");
}

TEST_F(Transact, AConnectionThatKeepsDyingIsADatabaseThatIsAway) {
  int runs = 0;
  EXPECT_EQ(fault_of([&] {
    (void)db::transact(db, [&](db::Tx& tx) -> Result<Done> {
      ++runs;
      kill(tx.connection());
      add(tx.connection(), ann);
      return Done{};
    });
  }), FaultKind::gone);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(mark(ann), "");
}

TEST_F(Transact, ACommitWithoutAnAnswerIsUnknownAndIsNotRunAgain) {
  int runs = 0;
  EXPECT_EQ(fault_of([&] {
    (void)db::transact(db, [&](db::Tx& tx) -> Result<Done> {
      ++runs;
      add(tx.connection(), ann);
      kill(tx.connection());
      return Done{};
    });
  }), FaultKind::unknown);
  EXPECT_EQ(runs, 1);
}

TEST_F(Transact, NoDatabaseAtAllIsGone) {
  db::Access nowhere = access();
  nowhere.socket = "/nonexistent/db.sock";
  db::Connection connection(nowhere);
  EXPECT_EQ(fault_of([&] { (void)db::read(connection, [](db::Connection& c) {
    return c.row("SELECT 1")->integer(0);
  }); }), FaultKind::gone);
  db::Access stranger = access();
  stranger.password = "not the password";
  db::Connection refused(stranger);
  EXPECT_EQ(fault_of([&] { refused.open(); }), FaultKind::gone);
}

TEST_F(Transact, AnAnswerThatDoesNotComeIsNotAskedForASecondTime) {
  db::Access impatient = access();
  impatient.answer_seconds = 1;
  db::Connection connection(impatient);
  int runs = 0;
  EXPECT_EQ(fault_of([&] { (void)db::read(connection, [&](db::Connection& c) {
    ++runs;
    return c.query("SELECT SLEEP(2)").size();
  }); }), FaultKind::unable);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(connection.row("SELECT 1")->integer(0), 1);  // on a connection of its own
}

TEST_F(Transact, AServerThatDoesNotGreetIsLeftAloneForAMoment) {
  const auto path = access().socket + ".silent";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  db::Access silent = access();
  silent.socket = path;
  db::Connection connection(silent);
  EXPECT_EQ(fault_of([&] { connection.open(); }), FaultKind::unable);
  std::string said;
  try {
    connection.open();
  } catch (const Fault& fault) {
    said = fault.what();
  }
  EXPECT_EQ(said, "the database did not answer a moment ago");
  close(listener);
}

// Seen of 64 clients after ten minutes.
TEST_F(Transact, ARowNumberThatCouldNotBeHadIsTriedAgain) {
  int runs = 0;
  const auto done = db::transact(db, [&](db::Tx& tx) -> Result<int> {
    if (++runs == 1) tx->command("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1467");
    return runs;
  });
  EXPECT_EQ(done.value(), 2);
}

// An INSERT … SELECT that is not done yet keeps no other INSERT waiting for its number.
TEST_F(Transact, NumbersOfRowsAreGivenWithoutALockOfTheTable) {
  EXPECT_EQ(db.row("SELECT @@innodb_autoinc_lock_mode")->integer(0), 2);
}

TEST_F(Transact, AMistakeOfOursIsABugAndNotRunAgain) {
  EXPECT_EQ(fault_of([&] { db.query("SELECT no_such_column FROM account"); }), FaultKind::bug);
  EXPECT_EQ(fault_of([&] { db.query("SELECT id FROM account WHERE id = ?"); }), FaultKind::bug);
  EXPECT_EQ(fault_of([&] {
    db.change("UPDATE account SET balance = -1 WHERE id = ?", ann);
  }), FaultKind::bug);
}

TEST_F(Transact, ALongTextComesBackWhole) {
  const std::string longer(100'000, 'y');
  EXPECT_EQ(text("SELECT CAST(? AS CHAR(200000))", longer), longer);
  EXPECT_EQ(text("SELECT ?", std::string("한글")), "한글");
}

TEST_F(Transact, InstantsKeepTheirMicroseconds) {
  for (const std::int64_t micros :
       {1'798'106'400'000'001, 1'798'106'400'999'999, 951'782'400'000'000}) {
    const auto back = db.row("SELECT CAST(? AS DATETIME(6)), CAST(? AS CHAR)", Instant{micros},
                             Instant{micros});
    EXPECT_EQ(back->instant(0).micros, micros);
  }
}

TEST_F(Transact, EveryConnectionIsSetUpAsTheRulesNeedIt) {
  EXPECT_EQ(text("SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(text("SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(number("SELECT @@innodb_lock_wait_timeout"), 1);
  EXPECT_NE(text("SELECT @@sql_mode").find("STRICT_ALL_TABLES"), std::string::npos);
  EXPECT_EQ(number("SELECT @@innodb_snapshot_isolation"), 1);
}

// Who ends a transaction, as somebody else sees it while the body still runs.
TEST_F(Transact, IsEndedByItsLastCallOnlyWhereThatIsAllowed) {
  const auto user = make_user();
  db::Connection onlooker(access());
  const auto charge = [&](db::Ending ending, Won seen) {
    return db::transact(db, [&](db::Tx& tx) -> Result<Won> {
      TRY(const auto after, wallet::charge(tx, user, Won{10}, kChargeLimits));
      EXPECT_EQ(wallet::balance(onlooker, user).value(), seen);
      return after;
    }, ending);
  };
  EXPECT_EQ(charge(db::Ending::commit, Won{0}).value(), Won{10});
  EXPECT_EQ(charge(db::Ending::last_call, Won{20}).value(), Won{20});
  EXPECT_EQ(wallet::balance(onlooker, user).value(), Won{20});
}

TEST_F(Transact, IsStillOpenAfterALastCallThatDidNothing) {
  const auto user = make_user();
  const wallet::Limits tight{Won{10}, Won{5}};
  const auto before = fingerprint(user);
  EXPECT_EQ(outcome(db::transact(db, [&](db::Tx& tx) { return wallet::charge(tx, user, Won{10}, tight); },
                                 db::Ending::last_call)), "BALANCE_LIMIT");
  EXPECT_EQ(fingerprint(user), before);
}

}  // namespace
