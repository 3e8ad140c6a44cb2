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

// Stopped and left so: each must be replaced without help.
void stop_workers(std::mt19937_64& random, Verdict& verdict);
void stop_nginx(std::mt19937_64& random, Verdict& verdict);
// Held by a request that never comes to its end: replaced, too.
void hang_worker(std::mt19937_64& random, Verdict& verdict);
// These are over when the function returns.
void stall_database(std::mt19937_64& random, Verdict& verdict);
void take_all_connections(std::mt19937_64& random, Verdict& verdict);
void fill_disk(std::mt19937_64& random, Verdict& verdict);

}  // namespace boxoffice::races
