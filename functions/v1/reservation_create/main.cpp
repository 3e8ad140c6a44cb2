// POST /api/v1/concerts/{concertId}/sessions/{sessionId}/reservations
//
// Holds the seats for the caller until the hold runs out or is paid: all of them or none.

#include "../shapes.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

struct Wanted {
  ConcertId concert;
  SessionId session;
  std::vector<SeatNumber> seats;
  std::optional<std::int64_t> foreign;  // the id of a seat that is none of this session's
};

Result<Wanted> parse(const fn::Context& context, const http::Request& request) {
  TRY(const auto concert, request.path_id<ConcertId>("concertId"));
  TRY(const auto session, request.path_id<SessionId>("sessionId"));
  TRY(const auto body, request.json());
  TRY(const auto named, body.optional_id<UserId>("userId"));
  CHECK(context.must_be(named));
  TRY(const auto ids, body.ids("seatIds", false));
  Wanted wanted{concert, session, {}, {}};
  for (const auto id : ids) {
    const auto key = SeatKey::of(id);
    const bool own = key.session == session;
    if (!own && !wanted.foreign) wanted.foreign = id;
    // No seat has such a number: that is found out when it is its turn.
    wanted.seats.push_back(own ? key.number : SeatNumber{-id});
  }
  return wanted;
}

http::Response render(const Wanted& wanted, const booking::Hold& hold) {
  json::Object body;
  body.set("reservationId", hold.reservation)
      .set("concertId", wanted.concert)
      .set("sessionId", wanted.session)
      .set("status", booking::name_of(booking::Status::temporary_reserved))
      .set("totalPrice", hold.total)
      .set("reservedSeats", v1::priced_seats(wanted.session, hold.seats))
      .set("expiresAt", rfc3339(hold.expires_at))
      .set("expiresInSeconds", hold.expires_at.seconds() - hold.now.seconds());
  return http::plain(201, body);
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto wanted, parse(context, request));
  auto answer = context.transact([&](db::Tx& tx) -> Result<http::Response> {
    TRY(const auto hold,
        booking::hold_seats(
            tx, context.admission(),
            {context.user(), wanted.concert, wanted.session, wanted.seats, {}},
            {context.config().max_seats_per_user, context.config().hold_seconds}));
    return render(wanted, hold);
  });
  if (!answer && answer.error().code == ErrorCode::SEAT_NOT_FOUND && wanted.foreign) {
    return refuse(ErrorCode::SEAT_NOT_FOUND).with("seatId", *wanted.foreign);
  }
  return answer;
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
