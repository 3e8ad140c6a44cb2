// What a request has to show before its handler runs: identity, then replay, then admission.
#include "fn/context.h"
#include "fn/gateway.h"
#include "fn/replay.h"
#include "support/threads.h"

using namespace boxoffice;
using namespace boxoffice::checks;
using fn::Gate;
using fn::Identity;
using http::Family;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

class Gates : public World {
 protected:
  QueueId queue = make_queue(1);
  Person ann = join(queue), bob = join(queue);
  token::Signer signer{kKey};

  static Config config(const char* auth) {
    Config settings = read_config().config;
    settings.auth = auth;
    return settings;
  }
  fn::Worker worker{config("required"), kKey}, trusting{config("open"), kKey};

  static fn::Endpoint endpoint(Family family, Identity identity, Gate gate) {
    return {"v1-test", family, "POST", identity, gate, true, true};
  }
  std::string access_token(UserId user, std::int64_t lives_s = 3600) {
    const auto now_s = wall_clock().seconds();
    return signer.sign({"u", user, token::new_uuid(), {}, now_s - 10, now_s + lives_s});
  }
  std::string queue_token(const Person& person) { return signer.sign(person.claims); }

  std::string passing(fn::Worker& through, const fn::Endpoint& what, const http::Request& request) {
    fn::Context context(through, what, request);
    const auto passed = context.pass_gates();
    if (!passed) return outcome(passed);
    return *passed ? "replayed" : "ok";
  }
  std::string passing(const fn::Endpoint& what, const http::Request& request) {
    return passing(worker, what, request);
  }
};

TEST_F(Gates, AQueueTokenIsNeededWhereAPlaceIs) {
  const auto rest = endpoint(Family::v1, Identity::none, Gate::any);
  http::Request request;
  EXPECT_EQ(passing(rest, request), "TOKEN_MISSING");
  request.queue_token = "nonsense";
  EXPECT_EQ(passing(rest, request), "TOKEN_INVALID");
  request.queue_token = access_token(ann.user);
  EXPECT_EQ(passing(rest, request), "TOKEN_INVALID");  // says who, but not where they stand
  request.queue_token = queue_token(ann);
  EXPECT_EQ(passing(rest, request), "ok");
  auto old = ann.claims;
  old.expires_s = wall_clock().seconds() - 1;
  request.queue_token = signer.sign(old);
  EXPECT_EQ(passing(rest, request), "TOKEN_EXPIRED");
}

TEST_F(Gates, EachFamilyHasItsOwnHeader) {
  http::Request request;
  request.token = queue_token(ann);
  EXPECT_EQ(passing(endpoint(Family::envelope, Identity::none, Gate::any), request), "ok");
  EXPECT_EQ(passing(endpoint(Family::v1, Identity::none, Gate::any), request), "TOKEN_MISSING");
}

TEST_F(Gates, OnlyWhoIsInsidePassesTheAdmission) {
  const auto rest = endpoint(Family::v1, Identity::none, Gate::admitted);
  http::Request anns, bobs;
  anns.queue_token = queue_token(ann);
  bobs.queue_token = queue_token(bob);
  EXPECT_EQ(passing(rest, anns), "ok");  // asking is what let her in
  EXPECT_EQ(passing(rest, bobs), "NOT_ADMITTED");
  db::transact(db, [&](db::Tx& tx) { return queue::leave_line(tx, ann.claims); }).value();
  EXPECT_EQ(passing(rest, anns), "PLACE_EXPIRED");
  EXPECT_EQ(passing(rest, bobs), "ok");
}

TEST_F(Gates, TheQueueIsEnforcedAlsoWhereIdentityIsNot) {
  const auto rest = endpoint(Family::v1, Identity::none, Gate::admitted);
  EXPECT_EQ(passing(trusting, rest, http::Request{}), "TOKEN_MISSING");
  http::Request bobs;
  bobs.queue_token = queue_token(bob);
  queue::advance(db, queue);
  EXPECT_EQ(passing(trusting, rest, bobs), "NOT_ADMITTED");
}

TEST_F(Gates, AnOwnerIsWhoTheirTokenSaysAndNobodyElse) {
  const auto rest = endpoint(Family::v1, Identity::owner, Gate::none);
  http::Request request;
  const auto as = [&](const std::string& authorization, std::int64_t path) {
    request.authorization = authorization;
    request.path["userId"] = std::to_string(path);
    return passing(rest, request);
  };
  const auto mine = ann.user.value;
  EXPECT_EQ(as("", mine), "TOKEN_MISSING");
  EXPECT_EQ(as("Basic abc", mine), "TOKEN_INVALID");
  EXPECT_EQ(as("Bearer ", mine), "TOKEN_INVALID");
  EXPECT_EQ(as("Bearer x", mine), "TOKEN_INVALID");
  EXPECT_EQ(as("Bearer " + access_token(ann.user, -1), mine), "TOKEN_EXPIRED");
  EXPECT_EQ(as("Bearer " + access_token(ann.user), mine), "ok");
  EXPECT_EQ(as("Bearer " + queue_token(ann), mine), "ok");
  // The same answer for somebody else's account and for one that is not there.
  EXPECT_EQ(as("Bearer " + access_token(ann.user), bob.user.value), "NOT_YOURS");
  EXPECT_EQ(as("Bearer " + access_token(ann.user), 999'999'999), "NOT_YOURS");
  EXPECT_EQ(as("Bearer " + access_token(ann.user), 0), "INVALID_FIELD");
}

TEST_F(Gates, TheRestFamilyTakesAQueueTokenForWhoSomebodyIs) {
  http::Request request;
  request.queue_token = queue_token(ann);
  request.path["userId"] = std::to_string(ann.user.value);
  EXPECT_EQ(passing(endpoint(Family::v1, Identity::owner, Gate::none), request), "ok");
}

TEST_F(Gates, AGatewaysWordIsTakenWhereItIsConfigured) {
  http::Request request;
  request.path["userId"] = std::to_string(ann.user.value);
  for (const auto identity : {Identity::owner, Identity::caller, Identity::none}) {
    EXPECT_EQ(passing(trusting, endpoint(Family::v1, identity, Gate::none), request), "ok");
  }
}

TEST_F(Gates, AStoredAnswerIsGivenAfterThePlaceIsOver) {
  const auto rest = endpoint(Family::v1, Identity::none, Gate::admitted);
  http::Request request;
  request.queue_token = queue_token(ann);
  request.idempotency_key = "pay-1";
  request.body = "{}";
  ASSERT_EQ(passing(rest, request), "ok");
  fn::Context context(worker, rest, request);
  (void)context.pass_gates();
  context.transact([&](db::Tx& tx) -> Result<http::Response> {
    tx->change("UPDATE ticket SET state = 'COMPLETED', ended_at = NOW(6) "
               "WHERE queue_id = ? AND number = ?",
               ann.place.queue, ann.place.number);
    tx->change("UPDATE visit SET ends_at = NOW(6) WHERE queue_id = ? AND number = ?",
               ann.place.queue, ann.place.number);
    return http::plain(201, json::Object{});
  }).value();
  EXPECT_EQ(passing(rest, request), "replayed");
  request.body = "{ }";
  EXPECT_EQ(passing(rest, request), "IDEMPOTENCY_KEY_REUSED");
  request.idempotency_key = "pay-2";
  EXPECT_EQ(passing(rest, request), "PLACE_EXPIRED");
  // Whoever has no right to the key learns nothing of it.
  request.queue_token = queue_token(bob);
  request.idempotency_key = "pay-1";
  queue::advance(db, queue);
  EXPECT_EQ(passing(rest, request), "ok");
}

TEST_F(Gates, ATwinsAnswerIsGivenAlsoToWhomIsTriedAgain) {
  const auto rest = endpoint(Family::v1, Identity::none, Gate::admitted);
  http::Request request;
  request.queue_token = queue_token(ann);
  request.idempotency_key = "twins";
  ASSERT_EQ(passing(rest, request), "ok");
  fn::Worker elsewhere{config("required"), kKey};
  fn::Context first(worker, rest, request), twin(elsewhere, rest, request);
  ASSERT_TRUE(first.identify() && twin.identify());
  const auto done = [](db::Tx&) -> Result<http::Response> { return http::plain(201, json::Object{}); };
  const auto answer = first.transact([&](db::Tx& tx) -> Result<http::Response> {
    tx.connection().command("ROLLBACK");  // as the server does to one of two in a deadlock
    twin.transact(done).value();
    throw db::Fault(db::FaultKind::retry, 1213, "deadlock");
  });
  ASSERT_EQ(outcome(answer), "ok");
  EXPECT_EQ(answer->status, 201);
  EXPECT_TRUE(first.admission().seen);
}

TEST_F(Gates, IdentityComesBeforeAnythingElseThatIsWrong) {
  auto rest = endpoint(Family::v1, Identity::none, Gate::admitted);
  http::Request request;
  request.idempotency_key = "not a key";
  EXPECT_EQ(passing(rest, request), "TOKEN_MISSING");
  request.queue_token = queue_token(bob);
  queue::advance(db, queue);
  EXPECT_EQ(passing(rest, request), "INVALID_FIELD");
  request.idempotency_key = "a-key";
  EXPECT_EQ(passing(rest, request), "NOT_ADMITTED");
}

// ---- what the web server passes

TEST(ReadHead, TakesTheNamedParametersAndNothingElse) {
  std::vector<std::string> values = {"PATH_concertId=7", "PATH_date=2030-12-24", "PATH_INFO=/x",
                                     "PATH_TRANSLATED=/y", "HTTP_X_SECRET=1", "PATH=/bin", "odd",
                                     "REQUEST_METHOD=POST", "REQUEST_ID=an-id-1",
                                     "REQUEST_URI=/api/v1/x?a=1&b=%41", "QUERY_STRING=a=1&b=%41",
                                     "HTTP_TOKEN=t", "HTTP_TOKEN=twice", "HTTP_QUEUE_TOKEN=q",
                                     "CONTENT_LENGTH=99999999999999999999"};
  std::vector<char*> all;
  for (auto& value : values) all.push_back(value.data());
  all.push_back(nullptr);
  const auto in = fn::read_head(all.data());
  EXPECT_EQ(in.request.method, "POST");
  EXPECT_EQ(in.request.id, "an-id-1");
  EXPECT_EQ(in.request.uri_path, "/api/v1/x");
  EXPECT_EQ(in.request.query.at("b"), "A");
  EXPECT_EQ(in.request.token, "t");
  EXPECT_EQ(in.request.queue_token, "q");
  EXPECT_EQ(in.request.authorization, "");
  EXPECT_EQ(in.request.path.size(), 2U);
  EXPECT_EQ(in.request.path_text("date"), "2030-12-24");
  EXPECT_EQ(in.content_length, SIZE_MAX);
  EXPECT_EQ(in.age_ms, 0);
}

TEST(ReadHead, GivesARequestWithoutAnIdOne) {
  const auto in = fn::read_head(nullptr);
  EXPECT_EQ(in.request.id.size(), 36U);
}

TEST(Render, IsACgiAnswer) {
  http::Request request;
  request.id = "an-id-1";
  const http::Response response{201, "application/json", "{}", {{"Retry-After", "1"}}};
  EXPECT_EQ(fn::render(response, request),
            "Status: 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "X-Request-Id: an-id-1\r\n"
            "Retry-After: 1\r\n\r\n{}");
  request.method = "HEAD";
  EXPECT_TRUE(fn::render(response, request).ends_with("\r\n\r\n"));
  EXPECT_EQ(fn::render(http::no_content(), request),
            "Status: 204 No Content\r\nX-Request-Id: an-id-1\r\n\r\n");
}

}  // namespace
