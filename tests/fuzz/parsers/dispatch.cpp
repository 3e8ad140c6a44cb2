// Whole functions, from the web server's variables to the rendered answer, with a database that is
// away. Input: a function's name, a line end; which token ("place" for one with a place), a line end;
// lines NAME=VALUE; an empty line; the body.
//
// `@` in a variable's value stands for a token that the function accepts. Without one, nothing
// behind the gates may be reached.
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <strings.h>
#include <vector>

#include "base/limits.h"
#include "fn/gateway.h"
#include "fn/serve.h"
#include "oracle.h"
#include "property.h"

// Every function's main(), under the name that CMakeLists.txt gives it; each calls registered().
#define BO_PROGRAM(symbol) int symbol();
#include "fuzz/programs.inc"
#undef BO_PROGRAM

using namespace boxoffice;
using fuzz::require;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

struct Function {
  const fn::Endpoint* endpoint;
  fn::Handler handler;
};
std::vector<Function>& functions() {
  static std::vector<Function> all;
  return all;
}

// The one of that name; any, where there is none.
const Function& function_of(const std::string& name) {
  for (const auto& one : functions()) {
    if (one.endpoint->name == name) return one;
  }
  return functions()[name.size() % functions().size()];
}

struct Call {
  fn::Incoming in;
  std::string rendered;
  int status = 0;
  bool answered = false;
};
Call* current = nullptr;  // what run_cgi() is to answer; serve() has no way to hand it on

std::string token_for(bool with_ticket) {
  const auto now = wall_clock().seconds();
  token::Claims claims{"8f14e45f-ceea-467f-a8d1-0c1c5a4d3b21", UserId{7},
                       "c9f0f895-fb98-4ab5-9f51-4fba1e0a3d11", {}, now, now + 3600};
  if (with_ticket) claims.ticket = TicketKey{{1}, {42}};
  return token::Signer(kKey).sign(claims);
}

void set_up() {
  // In memory: libFuzzer ends without doing what was left for the end, and files would stay.
  const int file = memfd_create("token.key", 0);
  require(file >= 0 && write(file, kKey.data(), kKey.size()) == 32, "a key file can be written");
  setenv("TOKEN_KEY_FILE", ("/proc/self/fd/" + std::to_string(file)).c_str(), 1);
  setenv("DB_SOCKET", "/nonexistent/boxoffice.sock", 1);
  setenv("LOG_LEVEL", "error", 1);
#define BO_PROGRAM(symbol) symbol();
#include "fuzz/programs.inc"
#undef BO_PROGRAM
}

bool is_variable(const std::string& name) {
  for (const char* known : {"REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING", "CONTENT_TYPE",
                            "HTTP_TOKEN", "HTTP_QUEUE_TOKEN", "HTTP_AUTHORIZATION",
                            "HTTP_IDEMPOTENCY_KEY", "HTTP_ACCEPT_LANGUAGE", "REMOTE_ADDR"}) {
    if (name == known) return true;
  }
  return name.rfind("PATH_", 0) == 0;
}

struct Request {
  std::vector<std::string> variables;
  std::string body;
  std::string token;  // what stands where the token is looked for
};

std::string with_token(std::string value, const std::string& token) {
  if (const auto at = value.find('@'); at != std::string::npos) value.replace(at, 1, token);
  // The planted defect: what stands behind the token is cut off before anybody looks.
  if (fuzz::kPlanted) value = value.substr(0, value.find('~'));
  return value;
}

// nginx lets neither of these through.
std::string printable(std::string line) {
  std::erase_if(line, [](char c) { return c == '\r' || c == '\0'; });
  return line;
}

struct Credentials {
  std::string token, queue_token, authorization;
};

// The one that counts: an Authorization that is there goes before a queue's token.
std::string credential(const fn::Endpoint& endpoint, const Credentials& sent) {
  if (endpoint.family == http::Family::envelope) return sent.token;
  if (endpoint.gate != fn::Gate::none || sent.authorization.empty()) return sent.queue_token;
  const bool bearer = strncasecmp(sent.authorization.c_str(), "Bearer ", 7) == 0;
  return bearer ? sent.authorization.substr(7) : "none";
}

Request read_request(fuzz::Input& input, const fn::Endpoint& endpoint, const std::string& token) {
  Request request;
  Credentials sent;
  for (auto line = printable(input.line()); !line.empty(); line = printable(input.line())) {
    const auto name = line.substr(0, line.find('='));
    bool twice = false;
    for (const auto& one : request.variables) twice = twice || one.rfind(name + "=", 0) == 0;
    if (name.size() == line.size() || !is_variable(name) || twice) continue;
    const auto value = line.substr(name.size() + 1);
    request.variables.push_back(name + "=" + with_token(value, token));
    auto plain = value;
    if (const auto at = plain.find('@'); at != std::string::npos) plain.replace(at, 1, token);
    if (name == "HTTP_TOKEN") sent.token = plain;
    if (name == "HTTP_QUEUE_TOKEN") sent.queue_token = plain;
    if (name == "HTTP_AUTHORIZATION") sent.authorization = plain;
  }
  request.token = credential(endpoint, sent);
  request.body = input.rest();
  return request;
}

bool protected_endpoint(const fn::Endpoint& endpoint) {
  return endpoint.gate != fn::Gate::none || endpoint.identity == fn::Identity::owner ||
         endpoint.identity == fn::Identity::caller || endpoint.identity == fn::Identity::claimed;
}

std::string header(const std::string& head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

// The catalogue's row of an answer's name.
const ErrorRow* row_of(const fuzz::Node& body, const fn::Endpoint& endpoint) {
  const bool envelope = endpoint.family == http::Family::envelope;
  const auto* name = body.find(envelope ? "errorCode" : "code");
  const auto* status = body.find(envelope ? "code" : "status");
  require(name != nullptr && status != nullptr, "an error has the family's shape");
  for (const auto& row : kErrors) {
    if (row.name == name->text) {
      require(row.status == status->value, "the status is the catalogue's");
      return &row;
    }
  }
  return nullptr;
}

void check_answer(const Call& call, const fn::Endpoint& endpoint, bool proven) {
  const auto end = call.rendered.find("\r\n\r\n");
  require(end != std::string::npos, "an answer has a head");
  const auto head = "\r\n" + call.rendered.substr(0, end + 2);
  const auto text = call.rendered.substr(end + 4);
  require(header(head, "Status").rfind(std::to_string(call.status) + " ", 0) == 0, "… with its status");
  require(!header(head, "X-Request-Id").empty(), "… and its id");
  std::size_t lines = 0;
  for (auto at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) ++lines;
  require(lines <= 8, "… and nothing of the request's making");
  require(call.status != 500, "no defect of ours is met");
  require((call.status == 503 || call.status == 429) == !header(head, "Retry-After").empty(),
          "Retry-After says when to come again");
  require((call.status == 401) == !header(head, "WWW-Authenticate").empty(), "401 says how");
  if (call.in.request.method == "HEAD") return require(text.empty(), "HEAD has no body");
  if (header(head, "Content-Type").rfind("application/", 0) != 0) return;
  const auto body = fuzz::read_json(text);
  require(body.has_value(), "the body is JSON");
  if (call.status < 400) return require(!protected_endpoint(endpoint), "nothing is done without a database");
  const auto* row = row_of(*body, endpoint);
  require(row != nullptr && row->status == call.status, "the error is one of the catalogue's");
  if (protected_endpoint(endpoint) && !proven) {
    // UNAVAILABLE would mean that the database was asked.
    require(row->stage <= Stage::identity, "nobody passes the gates without a token of ours");
  }
}

}  // namespace

namespace boxoffice::fn {

int registered(const Endpoint& endpoint, Handler handler) {
  functions().push_back({&endpoint, handler});
  return 0;
}

// In place of fcgi.cpp and cgi.cpp.
bool started_as_fastcgi() { return false; }
int run_fastcgi(const Respond&) { return 1; }
int run_cgi(const Respond& respond) {
  const auto answered = respond(current->in);
  current->rendered = render(answered.response, current->in.request);
  current->status = answered.response.status;
  current->answered = true;
  require(!answered.last, "a worker goes on");
  return 0;
}

}  // namespace boxoffice::fn

// Argon2id takes its time by design; what it makes of a password is not what is looked at here.
extern "C" int __wrap_crypto_pwhash_str_alg(char* out, const char*, unsigned long long,
                                            unsigned long long, std::size_t, int) {
  std::strcpy(out, "$argon2id$");
  return 0;
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  set_up();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string tokens[] = {token_for(false), token_for(true)};
  fuzz::Input input(data, size);
  const auto& function = function_of(input.line());
  const auto& endpoint = *function.endpoint;
  const bool ticket = input.line() == "place";
  const auto& token = tokens[ticket ? 1 : 0];
  auto request = read_request(input, endpoint, token);

  std::vector<char*> all;
  for (auto& one : request.variables) all.push_back(one.data());
  all.push_back(nullptr);
  Call call;
  call.in = fn::read_head(all.data());
  call.in.too_large = request.body.size() > static_cast<std::size_t>(limits::kBodyBytes);
  if (!call.in.too_large) call.in.request.body = request.body;
  current = &call;
  require(fn::serve(endpoint, function.handler) == 0 && call.answered, "every request is answered");
  check_answer(call, endpoint, request.token == token && (ticket || endpoint.gate == fn::Gate::none));
  return 0;
}
