#include "queue/admin.h"

#include "queue/service.h"

namespace boxoffice::queue {
namespace {

Error no_queue(QueueId queue) {
  const auto id = std::to_string(queue.value);
  return refuse_field("queue", "there is no queue " + id, id + "번 대기열이 없습니다");
}

Result<Done> within(const char* name, std::optional<std::int64_t> value, std::int64_t min,
                    std::int64_t max) {
  if (!value || (*value >= min && *value <= max)) return Done{};
  const auto range = std::to_string(min) + ".." + std::to_string(max);
  return refuse_field(name, "must be a whole number, " + range, range + " 범위의 정수여야 합니다");
}

Result<Done> check(const Change& wanted) {
  CHECK(within("capacity", wanted.capacity, 0, kCapacityMax));
  CHECK(within("claim-seconds", wanted.claim_seconds, 1, kLimitSecondsMax));
  CHECK(within("visit-seconds", wanted.visit_seconds, 1, kLimitSecondsMax));
  return Done{};
}

}  // namespace

Result<Overview> overview(db::Connection& connection, QueueId queue) {
  auto found = load_overview(connection, queue);
  if (!found) return no_queue(queue);
  return std::move(*found);
}

Result<Done> change(db::Connection& connection, QueueId queue, const Change& wanted) {
  CHECK(check(wanted));
  CHECK(db::transact(connection, [&](db::Tx& tx) -> Result<Done> {
    lock(tx, queue);
    if (!load_snapshot(tx.connection(), queue)) return no_queue(queue);
    save_change(tx, queue, wanted);
    return Done{};
  }));
  try_advance(connection, queue);
  return Done{};
}

Result<QueueId> create(db::Connection& connection, const NewQueue& wanted) {
  CHECK(check({wanted.capacity, wanted.claim_seconds, wanted.visit_seconds, {}}));
  // DDL cannot be rolled back, so it comes first: a sequence without a queue harms nobody, and the
  // next attempt takes it as it is. A queue without a sequence would be broken.
  constexpr int kTries = 5;  // another operator may take the number meanwhile
  for (int i = 0; i < kTries; ++i) {
    if (find_by_name(connection, wanted.name)) break;
    const auto id = next_id(connection);
    create_sequence(connection, id);
    const auto made = db::transact(connection, [&](db::Tx& tx) -> Result<bool> {
      return insert_queue(tx, id, wanted);
    });
    if (made.value()) return id;
  }
  return refuse_field("name", "there is a queue of this name already", "같은 이름의 대기열이 있습니다");
}

}  // namespace boxoffice::queue
