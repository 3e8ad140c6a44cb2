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
// NOT_ADMITTED where the concert is behind another queue than the one that admitted.
Result<Done> admitted_by(QueueId concerts, QueueId queue);
Result<Concert> behind(std::optional<Concert> concert, QueueId queue);
Result<Concert> concert_behind(db::Connection& connection, ConcertId id, QueueId queue);

// Calendar dates with a seat to be had, ascending, none twice.
// CONCERT_NOT_FOUND, NOT_ADMITTED.
Result<std::vector<std::string>> bookable_dates(db::Connection& connection, ConcertId concert,
                                                QueueId queue);

// The session that a date (YYYY-MM-DD, or with THH:MM) means. CONCERT_NOT_FOUND, NOT_ADMITTED,
// INVALID_FIELD named `field`, SESSION_NOT_FOUND, AMBIGUOUS_DATE with the times.
Result<Showing> showing_on(db::Connection& connection, QueueId queue, ConcertId concert,
                           std::string_view date, const char* field);
// The session by its id. CONCERT_NOT_FOUND, NOT_ADMITTED, SESSION_NOT_FOUND.
Result<Showing> showing_of(db::Connection& connection, QueueId queue, ConcertId concert,
                           SessionId id);

// A session of this concert. SESSION_NOT_FOUND.
Result<Session> belonging(std::optional<Session> session, ConcertId concert);

}  // namespace boxoffice::seating
