// The functions themselves, called in this process: each function's own main() with the whole
// runtime (settings, gates, replay, transactions, rendering), and this door in place of the two
// ways in from the web server.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "fn/gateway.h"

namespace boxoffice::faults {

struct Answer {
  int status = 0;
  std::string body;
  bool replayed = false;
};

struct Call {
  std::string function;  // v1-point-charge, …; or a job: job-expire, …
  std::string method;
  std::map<std::string, std::string, std::less<>> path;
  std::string body;
  std::string token;   // a queue token
  std::string access;  // an access token
  std::string key;     // Idempotency-Key
};

std::set<std::string> program_names();

// Starts a fresh worker of the function and gives it to the body, which may send it any number of
// requests. A job has no requests: `ask` runs the whole job and says 200 where it succeeded.
using Ask = std::function<Answer(const Call&)>;
void with_worker(const std::string& function, const std::function<void(const Ask&)>& body);

}  // namespace boxoffice::faults
