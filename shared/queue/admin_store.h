// Rows of queue as an operator makes and changes them; the SQL is in admin_store.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "queue/store.h"

namespace boxoffice::queue {

// What an operator is shown of a queue.
struct Overview {
  std::string name;
  Snapshot snapshot;
  TicketNumber admitted;  // the highest number admitted
  std::int64_t waiting;   // how many wait
  std::int64_t visiting;  // how many are inside at this moment: visits that ran out do not count
  std::vector<ConcertId> concerts;
};

// A member that is not given stays as it is.
struct Change {
  std::optional<std::int64_t> capacity, claim_seconds, visit_seconds;
  std::optional<bool> paused;
};

struct NewQueue {
  std::string name;
  std::int64_t capacity, claim_seconds, visit_seconds;
};

std::optional<Overview> load_overview(db::Connection& connection, QueueId queue);
// REQUIRES: the queue's row is locked.
void save_change(db::Tx& tx, QueueId queue, const Change& change);

QueueId next_id(db::Connection& connection);
std::optional<QueueId> find_by_name(db::Connection& connection, const std::string& name);
// Commits whatever is open, as all DDL does; a sequence that is there already is kept.
void create_sequence(db::Connection& connection, QueueId queue);
// False where the number or the name is taken.
bool insert_queue(db::Tx& tx, QueueId queue, const NewQueue& wanted);

}  // namespace boxoffice::queue
