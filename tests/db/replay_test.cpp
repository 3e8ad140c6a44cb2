// Idempotency: one deed for one key, the same answer byte for byte, also when an answer is lost.
#include "fn/replay.h"
#include "support/lossy_proxy.h"
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;
using idempotency::Begin;

namespace {

constexpr fn::Endpoint kEndpoint{"v1-point-charge", http::Family::v1, "POST", fn::Identity::owner,
                                 fn::Gate::none, true, true};

class Replay : public World {
 protected:
  UserId user = make_user();

  http::Request request(const std::string& body, const std::string& key = "key-1") {
    http::Request r;
    r.method = "POST";
    r.path.emplace("userId", std::to_string(user.value));
    r.body = body;
    r.idempotency_key = key;
    return r;
  }
  idempotency::Key key(const std::string& body = "{}", const std::string& name = "key-1") {
    return **fn::replay_key(kEndpoint, request(body, name), user);
  }
  // The deed: a charge of ten won, answered with the new balance.
  Result<http::Response> charge(db::Tx& tx) {
    TRY(const auto after, wallet::charge(tx, user, Won{10}, kChargeLimits));
    json::Object body;
    body.set("totalAmount", after);
    return http::plain(200, body);
  }
  Result<http::Response> once(db::Connection& connection, const idempotency::Key& which) {
    return fn::transact_once(connection, which, [&](db::Tx& tx) { return charge(tx); });
  }
  // As a client does: again while the first is still at work, or has died and the server has not noticed.
  http::Response until_answered(db::Connection& connection, const idempotency::Key& which) {
    for (;; pause_briefly()) {
      auto answer = once(connection, which);
      if (outcome(answer) != "REQUEST_IN_PROGRESS") return answer.value();
    }
  }
  std::int64_t stored() { return number("SELECT COUNT(*) FROM idempotency"); }
};

TEST_F(Replay, TheSecondTimeGivesTheStoredAnswerAndDoesNothing) {
  const auto first = once(db, key());
  const auto second = once(db, key());
  EXPECT_EQ(first->body, R"({"totalAmount":10})");
  EXPECT_EQ(second->body, first->body);
  EXPECT_EQ(second->status, first->status);
  ASSERT_EQ(second->headers.size(), 1U);
  EXPECT_EQ(second->headers[0].first, "Idempotent-Replayed");
  EXPECT_TRUE(first->headers.empty());
  EXPECT_EQ(balance(user), 10);
}

TEST_F(Replay, AnotherKeyUserOrEndpointIsAnotherDeed) {
  once(db, key("{}", "a")).value();
  once(db, key("{}", "b")).value();
  auto other = key("{}", "a");
  other.endpoint = "envelope-charge";
  once(db, other).value();
  other.user = make_user();
  once(db, other).value();
  EXPECT_EQ(balance(user), 40);
}

TEST_F(Replay, TheSameKeyForAnotherRequestIsRefusedAndDoesNothing) {
  once(db, key(R"({"amount":1})")).value();
  const auto before = fingerprint(user);
  EXPECT_EQ(outcome(once(db, key(R"({"amount":2})"))), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(outcome(fn::find_answer(db, key(R"({"amount":2})"))), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(fingerprint(user), before);
}

TEST_F(Replay, TheRequestIsItsMethodItsPathAndItsBody) {
  const auto of = [&](const http::Request& r) {
    return (**fn::replay_key(kEndpoint, r, user)).fingerprint;
  };
  const auto base = of(request("ab"));
  EXPECT_EQ(of(request("ab")), base);
  EXPECT_NE(of(request("ac")), base);
  auto r = request("ab");
  r.method = "PATCH";
  EXPECT_NE(of(r), base);
  r = request("ab");
  r.path.begin()->second += "1";
  EXPECT_NE(of(r), base);
  // Headers that do not belong to the deed may differ: a retry has another id and another token.
  r = request("ab");
  r.id = "another", r.token = "another", r.authorization = "another", r.accept_language = "ko";
  EXPECT_EQ(of(r), base);
  // Parts do not run together.
  auto one = request("x"), two = request("1x");
  one.path = {{"a", "1"}}, two.path = {{"a", ""}};
  EXPECT_NE(of(one), of(two));
}

TEST_F(Replay, KeysAreVisibleAsciiUpTo128) {
  EXPECT_FALSE(fn::replay_key(kEndpoint, request("{}", ""), user)->has_value());
  EXPECT_EQ(outcome(fn::replay_key(kEndpoint, request("{}", std::string(128, '~')), user)), "ok");
  for (const auto& bad : {std::string(129, 'a'), std::string("a b"), std::string("키"),
                          std::string("a\t"), std::string("\x7f")}) {
    EXPECT_EQ(outcome(fn::replay_key(kEndpoint, request("{}", bad), user)), "INVALID_FIELD") << bad;
  }
}

TEST_F(Replay, KeysThatDifferByCaseAreDifferent) {
  once(db, key("{}", "Key")).value();
  once(db, key("{}", "key")).value();
  EXPECT_EQ(balance(user), 20);
}

TEST_F(Replay, ARefusalStoresNothingSoThatTheKeyMayBeTriedAgain) {
  const auto refused = fn::transact_once(db, key(), [](db::Tx&) -> Result<http::Response> {
    return refuse(ErrorCode::INSUFFICIENT_BALANCE);
  });
  EXPECT_EQ(outcome(refused), "INSUFFICIENT_BALANCE");
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(once(db, key())->status, 200);
}

TEST_F(Replay, AFaultStoresNothingEither) {
  EXPECT_THROW((void)fn::transact_once(db, key(), [&](db::Tx& tx) -> Result<http::Response> {
    (void)charge(tx);
    throw std::runtime_error("a bug");
  }), std::runtime_error);
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(balance(user), 0);
}

TEST_F(Replay, ATwinThatIsStillAtWorkIsSeenAtOnce) {
  db::Connection other(access());
  db::Attempt working(other);
  EXPECT_EQ(idempotency::begin(working.tx(), key()), Begin::fresh);
  const auto waited = lock_waits(db);
  EXPECT_EQ(outcome(once(db, key())), "REQUEST_IN_PROGRESS");
  EXPECT_EQ(lock_waits(db), waited);
  EXPECT_FALSE(fn::find_answer(db, key())->has_value());
  working.rollback();
  EXPECT_EQ(once(db, key())->status, 200);
}

TEST_F(Replay, BeginTellsFreshFromExisting) {
  db::transact(db, [&](db::Tx& tx) -> Result<Done> {
    EXPECT_EQ(idempotency::begin(tx, key()), Begin::fresh);
    idempotency::finish(tx, key(), 201, "{}");
    return Done{};
  }).value();
  db::Attempt again(db);
  EXPECT_EQ(idempotency::begin(again.tx(), key()), Begin::exists);
}

TEST_F(Replay, OfThirtyTwinsOneDoesItAndNobodyHearsAnotherAnswer) {
  const auto answers = at_once(30, [&](db::Connection& connection, int) {
    return until_answered(connection, key()).body;
  });
  EXPECT_EQ(count_of<std::string>(answers, R"({"totalAmount":10})"), 30);
  EXPECT_EQ(balance(user), 10);
}

TEST_F(Replay, WithoutAKeyTwinsAreSeveralDeeds) {
  at_once(5, [&](db::Connection& connection, int) {
    return outcome(db::transact(connection, [&](db::Tx& tx) { return charge(tx); }));
  });
  EXPECT_EQ(balance(user), 50);
}

TEST_F(Replay, StoredAnswersAreForgottenAfterTheirTimeABatchAtATime) {
  for (const char* name : {"a", "b", "c"}) once(db, key("{}", name)).value();
  const auto forget = [&](std::int64_t limit) {
    return db::transact(db, [&](db::Tx& tx) -> Result<std::int64_t> {
      return idempotency::forget(tx, 24, limit);
    }).value();
  };
  const auto start = now();
  set_clock(start.plus_seconds(23 * 3600));
  EXPECT_EQ(forget(10), 0);
  set_clock(start.plus_seconds(24 * 3600 + 1));
  EXPECT_EQ(forget(2), 2);
  EXPECT_EQ(forget(2), 1);
  EXPECT_EQ(once(db, key("{}", "a"))->body, R"({"totalAmount":40})");
}

// ---- lost answers

class LostAnswer : public Replay {
 protected:
  LossyProxy proxy{access().socket};
  db::Connection through{[this] {
    db::Access access_through = access();
    access_through.socket = proxy.socket_path();
    return access_through;
  }()};
};

TEST_F(LostAnswer, OfACommitThatHappenedIsFoundByItsKey) {
  proxy.lose_commit(LossyProxy::Lose::answer);
  const auto answer = once(through, key());
  EXPECT_EQ(proxy.lost(), 1);
  ASSERT_EQ(outcome(answer), "ok");
  EXPECT_EQ(answer->body, R"({"totalAmount":10})");
  EXPECT_EQ(balance(user), 10);
  EXPECT_EQ(once(db, key())->body, answer->body);
  EXPECT_EQ(balance(user), 10);
}

TEST_F(LostAnswer, OfACommitThatNeverArrivedIsSaidToBeUnknownAndMayBeTriedAgain) {
  proxy.lose_commit(LossyProxy::Lose::request);
  try {
    (void)once(through, key());
    ADD_FAILURE() << "an answer, though nothing was committed";
  } catch (const db::Fault& fault) {
    EXPECT_EQ(fault.kind(), db::FaultKind::unknown);
  }
  EXPECT_EQ(proxy.lost(), 1);
  EXPECT_EQ(balance(user), 0);
  EXPECT_EQ(until_answered(through, key()).body, R"({"totalAmount":10})");
  EXPECT_EQ(balance(user), 10);
}

TEST_F(LostAnswer, WithoutAKeyIsUnknownAndIsNotDoneTwice) {
  proxy.lose_commit(LossyProxy::Lose::answer);
  EXPECT_THROW((void)db::transact(through, [&](db::Tx& tx) { return charge(tx); }), db::Fault);
  EXPECT_EQ(balance(user), 10);
}

TEST_F(LostAnswer, OfEveryCommitInARowNeverLosesOrDoublesADeed) {
  for (int i = 1; i <= 20; ++i) {
    const auto which = key("{}", "key-" + std::to_string(i));
    const bool arrives = i % 3 != 0;
    proxy.lose_commit(arrives ? LossyProxy::Lose::answer : LossyProxy::Lose::request);
    for (;;) {
      try {
        const auto answer = until_answered(through, which);
        EXPECT_EQ(answer.body, R"({"totalAmount":)" + std::to_string(10 * i) + "}");
        break;
      } catch (const db::Fault& fault) {
        EXPECT_FALSE(arrives) << fault.what();
      }
    }
  }
  EXPECT_EQ(balance(user), 200);
}

}  // namespace
