// The frame of every job: settings, connection, one line of what was done, exit code.
//
// Jobs tidy; nothing becomes wrong without them. Several may run at once, on several hosts.
#pragma once

#include <iostream>
#include <string>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "db/tx.h"

namespace boxoffice::jobs {

// Rows of one batch: small enough to hold locks only briefly where it is one transaction.
inline constexpr std::int64_t kBatch = 200;
// Batches of one run: a backlog is worked off over several runs rather than in one that never ends.
inline constexpr int kBatchesMax = 500;

// Runs `batch` until it finds less than a whole batch to do; how much there was in all.
template <class Batch>
std::int64_t in_batches(Batch batch) {
  std::int64_t total = 0;
  for (int i = 0; i < kBatchesMax; ++i) {
    const std::int64_t done = batch();
    total += done;
    if (done < kBatch) break;
  }
  return total;
}

// `work` does the job and says in one line what it did.
template <class Work>
int run(const char* name, Work work) {
  auto [config, problem] = read_config();
  if (!problem.empty()) {
    std::cerr << name << ": " << problem << "\n";
    return 2;
  }
  try {
    db::Connection connection(db::access_from(config));
    std::cout << name << ": " << work(connection, config) << std::endl;
    return 0;
  } catch (const std::exception& fault) {
    std::cerr << name << ": " << fault.what() << "; nothing is lost, the next run takes it up\n";
    return 1;
  }
}

}  // namespace boxoffice::jobs
