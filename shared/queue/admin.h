// What an operator does to queues. Refusals carry words for the operator.
#pragma once

#include "base/result.h"
#include "queue/admin_store.h"

namespace boxoffice::queue {

inline constexpr std::int64_t kCapacityMax = 1'000'000;
inline constexpr std::int64_t kLimitSecondsMax = 86'400;

// INVALID_FIELD where there is none.
Result<Overview> overview(db::Connection& connection, QueueId queue);

// Takes effect at once: a raised capacity or an end of a pause lets the next in, a lowered one
// waits for those inside to leave. INVALID_FIELD: no such queue, or out of bounds.
Result<Done> change(db::Connection& connection, QueueId queue, const Change& wanted);

// A queue and the sequence of its numbers. INVALID_FIELD: the name is taken, or out of bounds.
Result<QueueId> create(db::Connection& connection, const NewQueue& wanted);

}  // namespace boxoffice::queue
