#include "seating/service.h"

#include <algorithm>

namespace boxoffice::seating {

Result<Done> admitted_by(QueueId concerts, QueueId queue) {
  if (concerts == queue) return Done{};
  return refuse(ErrorCode::NOT_ADMITTED)
      .saying("This concert has a line of its own; ask for a place with its concertId.",
              "이 공연은 별도의 대기열이 있습니다. concertId로 다시 등록해 주세요.");
}

Result<Concert> behind(std::optional<Concert> concert, QueueId queue) {
  if (!concert) return refuse(ErrorCode::CONCERT_NOT_FOUND);
  CHECK(admitted_by(concert->queue, queue));
  return std::move(*concert);
}

Result<Concert> concert_behind(db::Connection& connection, ConcertId id, QueueId queue) {
  return behind(load_concert(connection, id), queue);
}

std::vector<std::string> bookable_dates(db::Connection& connection, ConcertId concert) {
  std::vector<std::string> out;
  for (const auto start : load_bookable_starts(connection, concert)) {
    auto date = local_date(start);
    if (out.empty() || out.back() != date) out.push_back(std::move(date));
  }
  return out;
}

Result<Session> session_on(db::Connection& connection, ConcertId concert, std::string_view date,
                           const char* field) {
  const auto moment = parse_local_moment(date);
  if (!moment) {
    return refuse_field(field, "must be a date, YYYY-MM-DD or YYYY-MM-DDTHH:MM",
                        "YYYY-MM-DD 또는 YYYY-MM-DDTHH:MM 형식이어야 합니다");
  }
  auto sessions = load_sessions_between(connection, concert, *moment);
  if (sessions.empty()) return refuse(ErrorCode::SESSION_NOT_FOUND);
  if (sessions.size() > 1) {
    // What has begun can no longer be meant.
    const auto now = load_now(connection);
    std::vector<Session> ahead;
    std::copy_if(sessions.begin(), sessions.end(), std::back_inserter(ahead),
                 [&](const Session& s) { return now < s.starts_at; });
    if (!ahead.empty()) sessions = std::move(ahead);
  }
  if (sessions.size() == 1) return sessions.front();
  std::vector<std::string> times;
  for (const auto& session : sessions) times.push_back(local_minute(session.starts_at));
  return refuse(ErrorCode::AMBIGUOUS_DATE).with("times", std::move(times));
}

Result<Session> belonging(std::optional<Session> session, ConcertId concert) {
  if (!session || session->concert != concert) return refuse(ErrorCode::SESSION_NOT_FOUND);
  return std::move(*session);
}

Result<Session> session_of(db::Connection& connection, ConcertId concert, SessionId id) {
  return belonging(load_session(connection, id), concert);
}

}  // namespace boxoffice::seating
