// Moves every line on: ends visits that ran out, admits the next. Polls, payments and leaves do
// the same as they notice; this is the backstop for a line that nobody polls.

#include "queue/service.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-advance", [](db::Connection& connection, const Config&) {
    const auto done = queue::advance_all(connection);
    return std::to_string(done.queues) + " queues, " + std::to_string(done.ended) +
           " visits ended, " + std::to_string(done.admitted) + " admitted";
  });
}
