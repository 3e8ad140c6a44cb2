// Moves every line on: ends visits that ran out, admits the next. Polls, payments and leaves do
// the same as they notice; this is the backstop for a line that nobody polls.

#include "queue/service.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-advance", [](db::Connection& connection, const Config&) {
    std::int64_t ended = 0, admitted = 0, queues = 0;
    for (const auto queue : queue::load_queue_ids(connection)) {
      queue::Advance done;
      do {
        done = queue::advance(connection, queue);
        ended += done.ended;
        admitted += done.admitted;
      } while (done.more);
      ++queues;
    }
    return std::to_string(queues) + " queues, " + std::to_string(ended) + " visits ended, " +
           std::to_string(admitted) + " admitted";
  });
}
