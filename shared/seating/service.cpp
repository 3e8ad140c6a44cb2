#include "seating/service.h"

#include <algorithm>

namespace boxoffice::seating {

Result<Done> admitted_by(QueueId concerts, QueueId queue) {
  if (concerts == queue) return Done{};
  return refuse(ErrorCode::NOT_ADMITTED)
      .saying("This concert has a line of its own; ask for a place with its concertId.",
              "이 공연은 별도의 대기열이 있습니다. concertId로 다시 등록해 주세요.");
}

Result<Done> behind(const std::optional<Concert>& concert, QueueId queue) {
  if (!concert) return refuse(ErrorCode::CONCERT_NOT_FOUND);
  return admitted_by(concert->queue, queue);
}

Result<Concert> concert_behind(db::Connection& connection, queue::Admission& admission,
                               ConcertId id) {
  auto seen = load_concert(connection, admission, id);
  CHECK(admission.found(seen.has_value()));
  CHECK(behind(*seen, admission.place.queue));
  return std::move(**seen);
}

Result<std::vector<Showing>> on_sale(db::Connection& connection, queue::Admission& admission,
                                     ConcertId concert) {
  auto seen = load_on_sale(connection, admission, concert);
  CHECK(admission.found(seen.has_value()));
  auto& found = *seen;
  if (!found) return refuse(ErrorCode::CONCERT_NOT_FOUND);
  CHECK(admitted_by(found->queue, admission.place.queue));
  return std::move(found->showings);
}

Result<std::vector<std::string>> bookable_dates(db::Connection& connection, Counts& counts,
                                                queue::Admission& admission, ConcertId concert) {
  TRY(const auto showings, on_sale(connection, admission, concert));
  std::vector<std::string> out;
  for (const auto& showing : showings) {
    auto date = local_date(showing.session.starts_at);
    const bool listed = !out.empty() && out.back() == date;
    if (!listed && counts.any_free(connection, showing)) out.push_back(std::move(date));
  }
  return out;
}

Result<LocalMoment> moment_of(std::string_view date, const char* field) {
  if (const auto moment = parse_local_moment(date)) return *moment;
  return refuse_field(field, "must be a date, YYYY-MM-DD or YYYY-MM-DDTHH:MM",
                      "YYYY-MM-DD 또는 YYYY-MM-DDTHH:MM 형식이어야 합니다");
}

namespace {
Result<Showing> only_one(std::vector<Showing> showings) {
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

Result<Showing> showing_on(db::Connection& connection, queue::Admission& admission,
                           ConcertId concert, const SessionName& name) {
  auto seen = load_showings(connection, admission, concert, name);
  CHECK(admission.found(seen.has_value()));
  std::erase_if(*seen, [&](const Showing& s) { return s.session.concert != concert; });
  if (seen->empty()) {
    // That there is no such concert, or that it has a line of its own, is said first.
    CHECK(concert_behind(connection, admission, concert));
  } else {
    CHECK(admitted_by(seen->front().queue, admission.place.queue));
  }
  return only_one(std::move(*seen));
}

Result<Session> belonging(std::optional<Session> session, ConcertId concert) {
  if (!session || session->concert != concert) return refuse(ErrorCode::SESSION_NOT_FOUND);
  return std::move(*session);
}

}  // namespace boxoffice::seating
