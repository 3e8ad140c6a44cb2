#include "faults/door.h"

#include <iostream>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "token/token.h"

// Every function's main(), under the name that CMakeLists.txt gives its symbol.
#define BO_PROGRAM(symbol, name) extern "C" int symbol();
#include "faults/programs.inc"
#undef BO_PROGRAM

namespace boxoffice::fn {
namespace {
thread_local const std::function<void(const Respond&)>* visitor = nullptr;
}  // namespace

// In place of fcgi.cpp and cgi.cpp: a worker that was started as plain CGI serves our visitor.
bool started_as_fastcgi() { return false; }
int run_fastcgi(const Respond&) { return 1; }
int run_cgi(const Respond& respond) {
  (*visitor)(respond);
  return 0;
}

}  // namespace boxoffice::fn

namespace boxoffice::faults {
namespace {

using Program = int (*)();
const std::map<std::string, Program, std::less<>>& programs() {
  static const std::map<std::string, Program, std::less<>> all = {
#define BO_PROGRAM(symbol, name) {name, symbol},
#include "faults/programs.inc"
#undef BO_PROGRAM
  };
  return all;
}

Answer send(const fn::Respond& respond, const Call& call) {
  fn::Incoming in;
  http::Request& r = in.request;
  r.method = call.method;
  r.id = token::new_uuid();
  r.uri_path = "/" + call.function;
  r.content_type = "application/json";
  r.path = call.path;
  r.body = call.body;
  r.idempotency_key = call.key;
  if (call.function.starts_with("v1-")) {
    r.queue_token = call.token;
    if (!call.access.empty()) r.authorization = "Bearer " + call.access;
  } else {
    r.token = call.token.empty() ? call.access : call.token;
  }
  const auto answered = respond(in);
  Answer out{answered.response.status, answered.response.body, false};
  for (const auto& [name, value] : answered.response.headers) {
    if (name == "Idempotent-Replayed") out.replayed = true;
  }
  return out;
}

// What a job says to its log is not what the test's reader came for.
int run_quietly(Program program) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  std::ostringstream unread;
  auto* out = std::cout.rdbuf(unread.rdbuf());
  auto* error = std::cerr.rdbuf(unread.rdbuf());
  const int code = program();
  std::cout.rdbuf(out);
  std::cerr.rdbuf(error);
  return code;
}

}  // namespace

std::set<std::string> program_names() {
  std::set<std::string> out;
  for (const auto& [name, program] : programs()) out.insert(name);
  return out;
}

void with_worker(const std::string& function, const std::function<void(const Ask&)>& body) {
  const auto found = programs().find(function);
  if (found == programs().end()) throw std::logic_error("there is no program " + function);
  if (function.starts_with("job-")) {
    body([&](const Call&) { return Answer{run_quietly(found->second) == 0 ? 200 : 503, {}, false}; });
    return;
  }
  const std::function<void(const fn::Respond&)> visit = [&](const fn::Respond& respond) {
    body([&](const Call& call) { return send(respond, call); });
  };
  fn::visitor = &visit;
  if (found->second() != 0) throw std::runtime_error(function + " did not start");
}

}  // namespace boxoffice::faults
