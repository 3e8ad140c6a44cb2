#include "queue/admin_store.h"

namespace boxoffice::queue {
namespace {

constexpr auto kOverview =
    "SELECT q.name, q.admitted_no, "
    "(SELECT COUNT(*) FROM ticket t WHERE t.queue_id = q.id AND t.state = 'WAITING'), "
    "(SELECT COUNT(*) FROM visit v WHERE v.queue_id = q.id AND v.ends_at > NOW(6)) "
    "FROM queue q WHERE q.id = ?";
constexpr auto kConcerts = "SELECT id FROM concert WHERE queue_id = ? ORDER BY id";
// capacity_set_at tells an audit which visits the capacity binds. It is written under the row's
// lock, so that no admission to the old capacity comes after it.
constexpr auto kSave =
    "UPDATE queue SET capacity_set_at = IF(? <> capacity, NOW(6), capacity_set_at), "
    "capacity = COALESCE(?, capacity), claim_seconds = COALESCE(?, claim_seconds), "
    "visit_seconds = COALESCE(?, visit_seconds), paused = COALESCE(?, paused) WHERE id = ?";
constexpr auto kNextId = "SELECT MAX(id) + 1 FROM queue";
constexpr auto kFindByName = "SELECT id FROM queue WHERE name = ?";
constexpr auto kInsert =
    "INSERT INTO queue (id, name, capacity, claim_seconds, visit_seconds) VALUES (?, ?, ?, ?, ?)";

}  // namespace

std::optional<Overview> load_overview(db::Connection& connection, QueueId queue) {
  const auto snapshot = load_snapshot(connection, queue);
  if (!snapshot) return {};
  const auto row = connection.row(kOverview, queue);
  if (!row) return {};
  Overview out{row->text(0), *snapshot, row->id<TicketNumber>(1), row->integer(2), row->integer(3),
               {}};
  for (const auto& concert : connection.query(kConcerts, queue)) {
    out.concerts.push_back(concert.id<ConcertId>(0));
  }
  return out;
}

void save_change(db::Tx& tx, QueueId queue, const Change& change) {
  tx->change(kSave, change.capacity, change.capacity, change.claim_seconds, change.visit_seconds,
             change.paused, queue);
}

QueueId next_id(db::Connection& connection) { return connection.row(kNextId)->id<QueueId>(0); }

std::optional<QueueId> find_by_name(db::Connection& connection, const std::string& name) {
  const auto row = connection.row(kFindByName, name);
  if (!row) return {};
  return row->id<QueueId>(0);
}

void create_sequence(db::Connection& connection, QueueId queue) {
  connection.command("CREATE SEQUENCE IF NOT EXISTS ticket_number_" + std::to_string(queue.value) +
                     " START WITH 1 INCREMENT BY 1 CACHE 100");
}

bool insert_queue(db::Tx& tx, QueueId queue, const NewQueue& wanted) {
  try {
    tx->change(kInsert, queue, wanted.name, wanted.capacity, wanted.claim_seconds,
               wanted.visit_seconds);
    return true;
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return false;
    throw;
  }
}

}  // namespace boxoffice::queue
