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

Result<std::vector<std::string>> bookable_dates(db::Connection& connection, ConcertId concert,
                                                QueueId queue) {
  const auto bookable = load_bookable(connection, concert);
  if (!bookable) return refuse(ErrorCode::CONCERT_NOT_FOUND);
  CHECK(admitted_by(bookable->queue, queue));
  std::vector<std::string> out;
  for (const auto start : bookable->starts) {
    auto date = local_date(start);
    if (out.empty() || out.back() != date) out.push_back(std::move(date));
  }
  return out;
}

namespace {
Result<Showing> only_showing_on(db::Connection& connection, ConcertId concert,
                                std::string_view date, const char* field) {
  const auto moment = parse_local_moment(date);
  if (!moment) {
    return refuse_field(field, "must be a date, YYYY-MM-DD or YYYY-MM-DDTHH:MM",
                        "YYYY-MM-DD 또는 YYYY-MM-DDTHH:MM 형식이어야 합니다");
  }
  auto showings = load_showings_between(connection, concert, *moment);
  if (showings.empty()) return refuse(ErrorCode::SESSION_NOT_FOUND);
  if (showings.size() > 1) {
    // What has begun can no longer be meant.
    std::vector<Showing> ahead;
    std::copy_if(showings.begin(), showings.end(), std::back_inserter(ahead),
                 [](const Showing& s) { return s.now < s.session.starts_at; });
    if (!ahead.empty()) showings = std::move(ahead);
  }
  if (showings.size() == 1) return showings.front();
  std::vector<std::string> times;
  for (const auto& showing : showings) times.push_back(local_minute(showing.session.starts_at));
  return refuse(ErrorCode::AMBIGUOUS_DATE).with("times", std::move(times));
}
}  // namespace

Result<Showing> showing_on(db::Connection& connection, QueueId queue, ConcertId concert,
                           std::string_view date, const char* field) {
  auto showing = only_showing_on(connection, concert, date, field);
  if (!showing) {
    // That there is no such concert, or that it has a line of its own, is said first.
    CHECK(concert_behind(connection, concert, queue));
    return showing;
  }
  CHECK(admitted_by(showing->queue, queue));
  return showing;
}

Result<Showing> showing_of(db::Connection& connection, QueueId queue, ConcertId concert,
                           SessionId id) {
  auto showing = load_showing(connection, id);
  if (!showing || showing->session.concert != concert) {
    CHECK(concert_behind(connection, concert, queue));
    return refuse(ErrorCode::SESSION_NOT_FOUND);
  }
  CHECK(admitted_by(showing->queue, queue));
  return std::move(*showing);
}

Result<Session> belonging(std::optional<Session> session, ConcertId concert) {
  if (!session || session->concert != concert) return refuse(ErrorCode::SESSION_NOT_FOUND);
  return std::move(*session);
}

}  // namespace boxoffice::seating
