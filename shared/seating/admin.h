// What an operator does to concerts, sessions and seats. Refusals carry words for the operator.
#pragma once

#include "base/result.h"
#include "seating/admin_store.h"

namespace boxoffice::seating {

inline constexpr std::int64_t kSeatNumberMax = SeatKey::kNumbers - 1;
inline constexpr std::int64_t kPriceMax = 9'007'199'254'740'991;  // exact in every client's JSON

// INVALID_FIELD: open not before close, no such queue.
Result<ConcertId> create_concert(db::Tx& tx, const NewConcert& wanted);
// CONCERT_NOT_FOUND; INVALID_FIELD: a session at that time exists, cancellation ends after the start.
Result<SessionId> create_session(db::Tx& tx, const NewSession& wanted);
// All of the range or none. SESSION_NOT_FOUND; INVALID_FIELD: bounds, or a seat that exists.
Result<Done> add_seats(db::Tx& tx, const SeatRange& range);
// An end that is not given stays. CONCERT_NOT_FOUND, INVALID_FIELD.
struct SaleChange {
  std::optional<Instant> opens_at, closes_at;
};
Result<Done> change_sale(db::Tx& tx, ConcertId id, const SaleChange& change);
// CONCERT_NOT_FOUND, INVALID_FIELD.
Result<Done> change_queue(db::Tx& tx, ConcertId id, QueueId queue);

Result<Concert> find_concert(db::Connection& connection, ConcertId id);

}  // namespace boxoffice::seating
