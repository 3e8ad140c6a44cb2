// What a service file says. One file a service, named like the service, lines of `key value`:
//
//   exec PROGRAM ARGUMENT...     the program, by absolute path; words are split at spaces
//   workers N                    how many of it run at once (1)
//   socket PATH                  unix socket that the supervisor binds and gives them as fd 0
//   backlog N                    how many connections may wait at that socket (4096)
//   order N                      lower starts first and stops last (50)
//   stop_signal TERM|QUIT|INT    asks a worker to finish and go (TERM)
//   stop_seconds N               how long it may take before SIGKILL (15)
//   stopped leave|kill           what becomes of a process that somebody stops (SIGSTOP): it is left
//                                so, or killed and replaced (leave)
//   room N                       megabytes that must be free on the disk of its log when it starts; it
//                                waits for them (0)
//   first_slot N                 lowest WORKER_SLOT of the service (0)
//   log PATH                     file that standard output and error are appended to
//   env NAME=VALUE               one variable; workers see these, PATH and WORKER_SLOT, no others
//
// Empty lines and lines that start with # mean nothing.
#pragma once

#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <vector>

namespace supervisor {

struct Spec {
  std::string name;
  std::vector<std::string> exec;
  int workers = 1;
  std::string socket;
  int backlog = 4096;
  int order = 50;
  int stop_signal = SIGTERM;
  std::chrono::seconds stop_limit{15};
  bool kill_stopped = false;
  int room_megabytes = 0;
  int first_slot = 0;
  std::string log = "/dev/null";
  std::vector<std::string> env;

  bool operator==(const Spec&) const = default;
};

// Reads one file. Throws std::runtime_error that names the file and the line.
Spec read_spec(const std::string& name, const std::string& path);

// Reads every file of the folder; names that start with a dot are passed over.
std::map<std::string, Spec> read_specs(const std::string& folder);

}  // namespace supervisor
