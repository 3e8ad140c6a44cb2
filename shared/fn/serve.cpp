#include "fn/serve.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "base/limits.h"
#include "base/log.h"
#include "fn/gateway.h"
#include "fn/metrics.h"

namespace boxoffice::fn {
namespace {

// A request that waited this long has been given up by nginx, or nearly: doing it would be work
// for nobody.
constexpr std::int64_t kAgeMsMax = limits::kRequestAgeSeconds * 1000;

std::int64_t monotonic_micros() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

// The method is in the list, or is HEAD where GET is.
bool allows(std::string_view methods, std::string_view method) {
  if (method == "HEAD") method = "GET";
  while (!methods.empty()) {
    const auto one = methods.substr(0, methods.find(','));
    if (one == method) return true;
    methods.remove_prefix(std::min(methods.size(), one.size() + 1));
  }
  return false;
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (content_type.size() < kJson.size()) return false;
  for (std::size_t i = 0; i < kJson.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(content_type[i])) != kJson[i]) return false;
  }
  return content_type.size() == kJson.size() || content_type[kJson.size()] == ';' ||
         content_type[kJson.size()] == ' ';
}

// What can be refused before anybody is asked who they are.
Result<Done> check_transport(const Endpoint& endpoint, const Incoming& in) {
  if (!allows(endpoint.methods, in.request.method)) return refuse(ErrorCode::METHOD_NOT_ALLOWED);
  if (in.too_large) return refuse(ErrorCode::BODY_TOO_LARGE);
  if (in.age_ms > kAgeMsMax) return refuse(ErrorCode::UNAVAILABLE);
  if (in.truncated) {
    return refuse(ErrorCode::INVALID_JSON).saying("The body was cut short.", "본문이 잘렸습니다.");
  }
  if (endpoint.body && !in.request.content_type.empty() && !is_json(in.request.content_type)) {
    return refuse(ErrorCode::UNSUPPORTED_MEDIA_TYPE);
  }
  return Done{};
}

using Handle = std::function<Result<http::Response>()>;

// What only reads may run again when the connection turns out to be dead; what writes does so
// transaction by transaction.
Result<std::optional<http::Response>> pass_gates(Worker& worker, Context& context) {
  return db::read(worker.connection, [&](db::Connection&) { return context.pass_gates(); });
}

// The handler's own first statement finds the caller inside, nearly always. Where it does not, or
// something else was wrong before it was asked, the gates say what is said first.
Result<http::Response> answer_insider(Worker& worker, Context& context, const Handle& handle) {
  constexpr int kTries = 3;  // the visit may end, or be claimed, between two statements
  CHECK(context.identify());
  for (int tries = 1;; ++tries) {
    auto answer = handle();
    if (context.admission().seen || tries == kTries) return answer;
    if (answer) throw std::logic_error("a handler has not asked whether its caller is inside");
    TRY(auto answered_before, pass_gates(worker, context));
    if (answered_before) return std::move(*answered_before);
  }
}

Result<http::Response> run(const Endpoint& endpoint, Handler handler, Worker& worker,
                           const Incoming& in) {
  CHECK(check_transport(endpoint, in));
  Context context(worker, endpoint, in.request);
  const Handle handle = [&] {
    if (endpoint.methods != "GET") return handler(context, in.request);
    return db::read(worker.connection, [&](db::Connection&) { return handler(context, in.request); });
  };
  if (endpoint.gate == Gate::admitted) return answer_insider(worker, context, handle);
  TRY(auto answered_before, pass_gates(worker, context));
  if (answered_before) return std::move(*answered_before);
  return handle();
}

// One function's life: from settings to the last request.
class Runtime {
 public:
  Runtime(const Endpoint& endpoint, Handler handler, Worker& worker)
      : endpoint_(endpoint),
        handler_(handler),
        worker_(worker),
        metrics_(worker.config.metrics_dir, endpoint.name) {}

  Answered respond(const Incoming& in) {
    const std::int64_t started = monotonic_micros();
    std::string_view code;
    Answered answered = guarded(in, code);
    const std::int64_t took = monotonic_micros() - started;
    metrics_.counters().count(answered.response.status, took);
    // What was read, and given, is in the web server's log already; what was changed, or refused,
    // and why, is only known here.
    const bool plain_read = endpoint_.methods == "GET" && answered.response.status < 400;
    log::write(plain_read ? LogLevel::debug : LogLevel::info, "request",
               {{"id", in.request.id},
                {"method", in.request.method},
                {"path", in.request.uri_path},
                {"status", std::int64_t{answered.response.status}},
                {"code", std::string(code)},
                {"micros", took}});
    return answered;
  }

 private:
  // The outer catch: what the machine did to us becomes a 503 or a 500 without internals.
  Answered guarded(const Incoming& in, std::string_view& code) {
    try {
      auto result = run(endpoint_, handler_, worker_, in);
      if (result) return {std::move(result).value()};
      return {refused(result.error(), in, code)};
    } catch (const db::Fault& fault) {
      const bool bug = fault.kind() == db::FaultKind::bug ||
                       fault.kind() == db::FaultKind::duplicate;
      report(in, fault.what(), bug ? LogLevel::error : LogLevel::warning);
      return {refused(refuse(bug ? ErrorCode::INTERNAL : ErrorCode::UNAVAILABLE), in, code), bug};
    } catch (const std::exception& fault) {
      report(in, fault.what(), LogLevel::error);
      return {refused(refuse(ErrorCode::INTERNAL), in, code), true};
    }
  }

  http::Response refused(const Error& error, const Incoming& in, std::string_view& code) {
    const auto& row = error_row(error.code);
    code = row.name;
    ++metrics_.counters().by_error[static_cast<std::size_t>(error.code)];
    auto response = http::refusal(
        error, {endpoint_.family, in.request.accept_language, in.request.uri_path});
    if (error.code == ErrorCode::METHOD_NOT_ALLOWED) {
      response.headers.emplace_back("Allow", std::string(endpoint_.methods));
    }
    return response;
  }

  static void report(const Incoming& in, const char* what, LogLevel level) {
    log::write(level, "fault", {{"id", in.request.id}, {"reason", std::string(what)}});
  }

  const Endpoint& endpoint_;
  Handler handler_;
  Worker& worker_;
  Metrics metrics_;
};

// One line that names the variable, and the exit code of a wrong configuration.
int misconfigured(std::string_view function, const std::string& problem) {
  std::cerr << function << ": " << problem << "\n";
  return 2;
}

}  // namespace

int serve(const Endpoint& endpoint, Handler handler) {
  auto [config, problem] = read_config();
  if (!problem.empty()) return misconfigured(endpoint.name, problem);
  log::configure(std::string(endpoint.name), config.log_level);
  if (!set_time_zone(config.time_zone)) {
    return misconfigured(endpoint.name, "TIME_ZONE=" + config.time_zone + ": no such time zone");
  }
  if (config.auth_open()) {
    // An error, because no LOG_LEVEL hides those.
    log::write(LogLevel::error, "auth_open",
               {{"advice", std::string("AUTH=open: requests are believed about who they come from. "
                                       "Only behind a gateway that authenticates.")}});
  }
  std::string key;
  if (!read_secret_file(config.token_key_file, key) || key.size() < token::Signer::kKeyBytesMin) {
    return misconfigured(endpoint.name, "TOKEN_KEY_FILE=" + config.token_key_file +
                                            ": must be a readable file of at least 32 bytes");
  }
  try {
    Worker worker(std::move(config), key);
    Runtime runtime(endpoint, handler, worker);
    const Respond respond = [&runtime](const Incoming& in) { return runtime.respond(in); };
    return started_as_fastcgi() ? run_fastcgi(respond) : run_cgi(respond);
  } catch (const std::exception& failure) {
    return misconfigured(endpoint.name, failure.what());
  }
}

}  // namespace boxoffice::fn
