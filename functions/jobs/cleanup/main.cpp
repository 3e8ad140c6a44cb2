// Forgets stored answers past their retention, and departures that the line has passed.

#include "idempotency/store.h"
#include "queue/store.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-cleanup", [](db::Connection& connection, const Config& config) {
    const auto answers = jobs::in_batches([&] {
      return db::transact(connection, [&](db::Tx& tx) -> Result<std::int64_t> {
        return idempotency::forget(tx, config.idempotency_hours, jobs::kBatch);
      }).value();
    });
    const auto departures = db::transact(connection, [](db::Tx& tx) -> Result<std::int64_t> {
      return queue::forget_departures(tx);
    }).value();
    return std::to_string(answers) + " stored answers and " + std::to_string(departures) +
           " departures forgotten";
  });
}
