// Forgets stored answers past their retention, and departures that the line has passed.

#include "idempotency/store.h"
#include "queue/service.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-cleanup", [](db::Connection& connection, const Config& config) {
    const auto answers = jobs::in_batches([&] {
      return db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
        return idempotency::forget(tx, config.idempotency_hours, jobs::kBatch);
      }).value();
    });
    std::int64_t departures = 0;
    for (const auto queue : queue::load_queue_ids(connection)) {
      departures +=
          jobs::in_batches([&] { return queue::forget_departures(connection, queue, jobs::kBatch); });
    }
    return std::to_string(answers) + " stored answers and " + std::to_string(departures) +
           " departures forgotten";
  });
}
