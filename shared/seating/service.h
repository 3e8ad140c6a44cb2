// What can be booked: concerts, their sessions, their seats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "seating/store.h"

namespace boxoffice::seating {

// A concert that the caller's queue serves. CONCERT_NOT_FOUND; NOT_ADMITTED where another queue
// guards it.
Result<Concert> concert_behind(db::Connection& connection, ConcertId id, QueueId queue);

// Calendar dates with a seat to be had, ascending, none twice.
std::vector<std::string> bookable_dates(db::Connection& connection, ConcertId concert);

// The session that a date (YYYY-MM-DD, or with THH:MM) means. INVALID_FIELD named `field`,
// SESSION_NOT_FOUND, AMBIGUOUS_DATE with the times.
Result<Session> session_on(db::Connection& connection, ConcertId concert, std::string_view date,
                           const char* field);

// A session of this concert. SESSION_NOT_FOUND.
Result<Session> session_of(db::Connection& connection, ConcertId concert, SessionId id);

}  // namespace boxoffice::seating
