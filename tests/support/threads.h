// Many at once: each thread has a connection of its own, and all begin at the same moment.
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <functional>
#include <thread>
#include <time.h>
#include <vector>

#include "support/world.h"

namespace boxoffice::checks {

// What each thread answered, in the threads' order. What one throws fails the test.
template <class Body>
auto at_once(int threads, Body body) {
  using Answer = decltype(body(std::declval<db::Connection&>(), 0));
  std::vector<std::optional<Answer>> answers(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      db::Connection connection(access());
      connection.open();
      start.arrive_and_wait();
      try {
        answers[static_cast<std::size_t>(i)] = body(connection, i);
      } catch (const std::exception& fault) {
        ADD_FAILURE() << "thread " << i << ": " << fault.what();
      }
    });
  }
  running.clear();  // joins
  std::vector<Answer> out;
  for (auto& answer : answers) {
    if (answer) out.push_back(std::move(*answer));
  }
  return out;
}

inline void pause_briefly() {
  const timespec wait{0, 1'000'000};
  nanosleep(&wait, nullptr);
}

// Waits for something that is about to happen, not for time to pass; gives up after ten seconds.
inline bool eventually(const std::function<bool()>& happened) {
  const auto until = monotonic_ms() + 10'000;
  while (monotonic_ms() < until) {
    if (happened()) return true;
    pause_briefly();
  }
  return false;
}

inline std::int64_t id_of(db::Connection& connection) {
  return connection.row("SELECT CONNECTION_ID()")->integer(0);
}

// Whether somebody waits for a lock, anywhere in this database, which nobody else uses.
inline bool somebody_waits(db::Connection& observer) {
  return observer.row("SELECT 1 FROM information_schema.global_status WHERE variable_value > 0 "
                      "AND variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'").has_value();
}

// How often anybody has waited for a lock so far: unchanged, nobody has.
inline std::int64_t lock_waits(db::Connection& observer) {
  return observer.row("SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status "
                      "WHERE variable_name = 'INNODB_ROW_LOCK_WAITS'")->integer(0);
}

template <class T>
std::int64_t count_of(const std::vector<T>& all, const T& wanted) {
  return std::count(all.begin(), all.end(), wanted);
}

}  // namespace boxoffice::checks
