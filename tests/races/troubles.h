// What can befall a stack besides kill -9, and what is needed to know its processes.
#pragma once

#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "races/suite.h"

namespace boxoffice::races {

inline constexpr std::int64_t kBackMicros = 10'000'000;  // nobody waits longer for the service

std::string state_folder();
// The processes of the stack by service, as its supervisor says.
std::vector<std::pair<std::string, pid_t>> processes();

// The processes of one service.
std::vector<pid_t> processes_of(const std::string& service);

// Each answers the instant (monotonic, in microseconds) from which on the service ought to come back.
using Trouble = std::int64_t(std::mt19937_64& random, Verdict& verdict);
// Stopped and left so: each must be replaced without help, and has been when the function returns.
Trouble stop_workers;
Trouble stop_nginx;
// Held by a request that never comes to its end: replaced, too, when its time is up.
Trouble hang_worker;
// What the database wrote and did not sync is lost, and so is its process; a new one is there when the
// function returns. REQUIRES: it runs on such a disk (see power/on_a_disk_without_power).
Trouble cut_power;
// These are over when the function returns.
Trouble stall_database;
Trouble take_all_connections;
Trouble fill_disk;

}  // namespace boxoffice::races
