// What can be booked: concerts, their sessions, their seats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "seating/counts.h"
#include "seating/store.h"

namespace boxoffice::seating {

// NOT_ADMITTED where the concert is behind another queue than the one that admitted.
Result<Done> admitted_by(QueueId concerts, QueueId queue);
// CONCERT_NOT_FOUND, and as admitted_by.
Result<Done> behind(const std::optional<Concert>& concert, QueueId queue);

// What follows is for those inside: NOT_ADMITTED where the caller is not, or not to this concert's
// queue; CONCERT_NOT_FOUND.
Result<Concert> concert_behind(db::Connection& connection, queue::Admission& admission, ConcertId id);

// Sessions that have not begun and whose sale is open, earliest first; also those that are sold out.
Result<std::vector<Showing>> on_sale(db::Connection& connection, queue::Admission& admission,
                                     ConcertId concert);
// Calendar dates with a seat to be had, ascending, none twice.
Result<std::vector<std::string>> bookable_dates(db::Connection& connection, Counts& counts,
                                                queue::Admission& admission, ConcertId concert);

// The session that the name means. SESSION_NOT_FOUND, AMBIGUOUS_DATE with the times.
Result<Showing> showing_on(db::Connection& connection, queue::Admission& admission,
                           ConcertId concert, const SessionName& name);
// A date's name: YYYY-MM-DD, or with THH:MM. INVALID_FIELD named `field`.
Result<LocalMoment> moment_of(std::string_view date, const char* field);

// A session of this concert. SESSION_NOT_FOUND.
Result<Session> belonging(std::optional<Session> session, ConcertId concert);

}  // namespace boxoffice::seating
