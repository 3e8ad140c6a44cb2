#include "rehearse/gate.h"

#include <algorithm>
#include <vector>

#include "rehearse/http.h"

namespace boxoffice::rehearse {
namespace {

constexpr std::int64_t kTimeoutMs = 10'000;

// The same request so many times at once.
std::vector<Reply> ask(const Options& options, const Ask& request, std::size_t times) {
  std::vector<Reply> out;
  Http http(options.base_url, static_cast<std::size_t>(options.connections),
            [&](std::size_t, Reply reply, std::int64_t) { out.push_back(std::move(reply)); });
  for (std::size_t i = 0; i < times; ++i) http.send(i, request, kTimeoutMs);
  while (!http.idle()) http.run(100);
  return out;
}

Ask get(const std::string& path) { return {Endpoint::poll, "GET", path, {}, {}, {}, {}}; }

// What has no effect, and is counted where an address is let in least often: whoever signs up.
Ask sign_up_nobody() { return {Endpoint::sign_up, "POST", "/api/v1/users", "{}", {}, {}, {}}; }

bool limited(const std::vector<Reply>& answers) {
  return std::any_of(answers.begin(), answers.end(), [](const Reply& r) { return r.status == 429; });
}

Error refused(const std::string& words) {
  return refuse(ErrorCode::UNAVAILABLE).saying(words, words);
}

}  // namespace

Result<Done> check_answers(const Options& options) {
  const auto ready = ask(options, get("/readyz"), 1).front();
  if (ready.status != 200) {
    return refused(options.base_url + "/readyz " +
                   (ready.status == 0 ? "does not answer: " + ready.problem
                                      : "answers " + std::to_string(ready.status)) +
                   "; start the stack with deploy/up, or give --base-url");
  }
  // As many at once as a crowd would, of both that an address is limited by.
  constexpr std::size_t kVolley = 600;
  if (!limited(ask(options, get("/api/v1/waiting-queues"), kVolley)) &&
      !limited(ask(options, sign_up_nobody(), kVolley))) {
    return Done{};
  }
  return refused(
      "the stack limits how much one address may ask (429), and all fans come from this one: "
      "start it with RATE_LIMITS=off deploy/up for the rehearsal, and without it again afterwards");
}

Result<Done> check_stage(const Options& options, std::int64_t concert) {
  const auto path = "/api/v1/waiting-queues/progress?concertId=" + std::to_string(concert);
  const auto reply = ask(options, get(path), 1).front();
  if (reply.status == 200) return Done{};
  return refused(options.base_url + " does not know concert " + std::to_string(concert) +
                 ", which is in this "
                 "database: it is another stack's (answer " +
                 std::to_string(reply.status) + ")");
}

}  // namespace boxoffice::rehearse
