// POST /api/booking/{concertId}/seat
//
// Holds the seats for the caller until the hold runs out or is paid: all of them or none.

#include "booking/service.h"
#include "endpoint.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

struct Wanted {
  ConcertId concert;
  LocalMoment moment;
  Won total;
  std::vector<SeatNumber> seats;
};

Result<Wanted> parse(const http::Request& request) {
  TRY(const auto concert, request.path_id<ConcertId>("concertId"));
  TRY(const auto body, request.json());
  TRY(const auto date, body.text("concertAt", {10, 16}));
  TRY(const auto moment, seating::moment_of(date, "concertAt"));
  TRY(const auto total, body.amount("reservationAmount", {0, INT64_MAX}));
  TRY(const auto numbers, body.ids("seatNumbers", true));
  Wanted wanted{concert, moment, total, {}};
  for (const auto number : numbers) wanted.seats.push_back(SeatNumber{number});
  return wanted;
}

http::Response render(const booking::Hold& hold) {
  std::string seats;
  for (const auto& seat : hold.seats) {
    seats += (seats.empty() ? "" : ",") + std::to_string(seat.number.value);
  }
  json::Object result;
  result.set("concertName", hold.concert.name)
      .set("reservationDate", local_date(hold.session.starts_at))
      .set("reservationSeat", std::string_view(seats))
      .set("reservationId", hold.reservation)
      .set("totalAmount", hold.total)
      .set("expiresAt", local_date_time(hold.expires_at));
  return http::envelope(std::move(result));
}

Result<http::Response> handle(fn::Context& context, const http::Request& request) {
  TRY(const auto wanted, parse(request));
  const booking::HoldRequest asked{context.user(), wanted.concert, wanted.moment, wanted.seats,
                                   wanted.total};
  const booking::HoldLimits limits{context.config().max_seats_per_user,
                                   context.config().hold_seconds};
  return context.transact([&](db::Tx& tx) -> Result<http::Response> {
    TRY(const auto hold, booking::hold_seats(tx, context.admission(), asked, limits));
    return render(hold);
  });
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
