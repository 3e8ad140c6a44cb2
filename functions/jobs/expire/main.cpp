// Frees the seats of holds that ran out and marks their reservations. A hold is over at its last
// instant whether or not this has run; this only writes it down.

#include "booking/service.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-expire", [](db::Connection& connection, const Config&) {
    const auto expired =
        jobs::in_batches([&] { return booking::expire_batch(connection, jobs::kBatch); });
    return std::to_string(expired) + " lapsed holds released";
  });
}
