// session …, seats …: the evenings of a concert, and what can be had in each.

#include "command.h"
#include "seating/admin.h"

namespace boxoffice::ctl {
namespace {

Result<Answer> create_session(Context& context) {
  const auto& a = context.arguments;
  const auto starts_at = *a.instant("--starts");
  const seating::NewSession wanted{{}, a.id<ConcertId>("--concert"), starts_at,
                                   a.instant("--cancel-until").value_or(starts_at)};
  TRY(const auto id, db::transact(context.connection(), [&](db::Tx& tx) {
    return seating::create_session(tx, wanted);
  }));
  const auto number = std::to_string(id.value);
  return one("session " + number + " is there; add seats: deploy/ctl seats add --session " + number,
             {{"sessionId", id.value},
              {"concertId", wanted.concert.value},
              {"concertAt", wanted.starts_at},
              {"cancelUntil", wanted.cancel_until}});
}

Result<Answer> list_sessions(Context& context) {
  const auto concert = context.arguments.id<ConcertId>("--concert");
  CHECK(seating::find_concert(context.connection(), concert));
  auto answer = rows("sessions", {"sessionId", "concertAt", "cancelUntil", "seats", "free", "held", "sold"});
  for (const auto& s : seating::load_session_seats(context.connection(), concert)) {
    answer.table.rows.push_back({s.session.id.value, s.session.starts_at, s.session.cancel_until,
                                 s.session.seats_in_all, s.free, s.held, s.sold});
  }
  return answer;
}

Result<Answer> add_seats(Context& context) {
  const auto& a = context.arguments;
  const seating::SeatRange range{a.id<SessionId>("--session"), *a.number("--from"),
                                 *a.number("--to"), Won{*a.number("--price")}};
  CHECK(db::transact(context.connection(), [&](db::Tx& tx) {
    return seating::add_seats(tx, range);
  }));
  const auto session = seating::load_session(context.connection(), range.session);
  const auto added = range.last - range.first + 1;
  return one(std::to_string(added) + " seats are there",
             {{"sessionId", range.session.value},
              {"added", added},
              {"price", range.price.value},
              {"seats", session->seats_in_all}});
}

}  // namespace

Commands session_commands() {
  const auto seat = [](const char* name, const char* help) {
    return Parameter{name, "N", help, Kind::number, true, 1, seating::kSeatNumberMax};
  };
  const Parameter concert{"--concert", "N", "the concert", Kind::number, true};
  return {
      {"session create", "Adds an evening to a concert",
       {concert,
        {"--starts", "TIME", "when it begins: 2026-12-24T19:00 (local), or with an offset",
         Kind::instant, true},
        {"--cancel-until", "TIME", "until when paid seats can be given back (the start)", Kind::instant}},
       "session create --concert 1 --starts 2026-12-24T19:00", create_session},
      {"session list", "Lists a concert's sessions with their seats", {concert},
       "session list --concert 1", list_sessions},
      {"seats add", "Adds a range of seats at one price to a session; all of it or nothing",
       {{"--session", "N", "the session", Kind::number, true},
        seat("--from", "the first number"),
        seat("--to", "the last number"),
        {"--price", "WON", "of each seat", Kind::number, true, 0, seating::kPriceMax}},
       "seats add --session 1 --from 1 --to 50 --price 50000", add_seats},
  };
}

}  // namespace boxoffice::ctl
