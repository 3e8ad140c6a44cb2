// Moves every line on: ends visits that ran out, admits the next. Polls, payments and leaves do
// the same as they notice; this is the backstop for a line that nobody polls.

#include <exception>

#include "queue/service.h"
#include "../job.h"

using namespace boxoffice;

int main() {
  return jobs::run("job-advance", [](db::Connection& connection, const Config&) {
    std::int64_t ended = 0, admitted = 0, queues = 0;
    std::exception_ptr trouble;
    for (const auto queue : queue::load_queue_ids(connection)) {
      try {
        queue::Advance done;
        do {
          done = queue::advance(connection, queue);
          ended += done.ended;
          admitted += done.admitted;
        } while (done.more);
        ++queues;
      } catch (const db::Fault&) {
        trouble = std::current_exception();  // one line's; the others go on
      }
    }
    if (trouble) std::rethrow_exception(trouble);
    return std::to_string(queues) + " queues, " + std::to_string(ended) + " visits ended, " +
           std::to_string(admitted) + " admitted";
  });
}
