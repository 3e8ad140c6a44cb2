#include "seating/admin.h"

#include "queue/store.h"

namespace boxoffice::seating {
namespace {

Result<Done> check_queue(db::Connection& connection, QueueId queue) {
  if (queue::load_snapshot(connection, queue)) return Done{};
  const auto id = std::to_string(queue.value);
  return refuse_field("queue", "there is no queue " + id, id + "번 대기열이 없습니다");
}

Result<Done> check_window(Instant opens_at, Instant closes_at) {
  if (opens_at < closes_at) return Done{};
  return refuse_field("close", "the sale must close after it opens",
                      "판매 종료는 판매 시작보다 늦어야 합니다");
}

Error no_concert(ConcertId id) {
  const auto number = std::to_string(id.value);
  return refuse(ErrorCode::CONCERT_NOT_FOUND)
      .saying("there is no concert " + number, number + "번 공연이 없습니다");
}

}  // namespace

Result<ConcertId> create_concert(db::Tx& tx, const NewConcert& wanted) {
  CHECK(check_window(wanted.opens_at, wanted.closes_at));
  CHECK(check_queue(tx.connection(), wanted.queue));
  return insert_concert(tx, wanted);
}

Result<SessionId> create_session(db::Tx& tx, const NewSession& wanted) {
  if (!lock_concert(tx, wanted.concert)) return no_concert(wanted.concert);
  if (wanted.cancel_until > wanted.starts_at) {
    return refuse_field("cancel-until", "must not be after the session's start",
                        "공연 시작보다 늦을 수 없습니다");
  }
  const auto id = insert_session(tx, wanted);
  if (id) return *id;
  return refuse_field("starts", "the concert has a session at that time already",
                      "같은 시각의 회차가 이미 있습니다");
}

Result<Done> add_seats(db::Tx& tx, const SeatRange& range) {
  if (range.first < 1 || range.last < range.first || range.last > kSeatNumberMax) {
    return refuse_field("to", "seat numbers go from 1 to " + std::to_string(kSeatNumberMax) +
                        ", and --to must not be below --from", "좌석 번호의 범위가 올바르지 않습니다");
  }
  if (!lock_session(tx, range.session)) {
    const auto number = std::to_string(range.session.value);
    return refuse(ErrorCode::SESSION_NOT_FOUND)
        .saying("there is no session " + number, number + "번 회차가 없습니다");
  }
  if (const auto number = first_existing(tx, range)) {
    const auto text = std::to_string(*number);
    return refuse_field("from", "seat " + text + " exists already; nothing was added",
                        text + "번 좌석이 이미 있습니다");
  }
  insert_seats(tx, range);
  raise_version(tx, range.session, ReservationId{0});
  return Done{};
}

Result<Done> change_sale(db::Tx& tx, ConcertId id, const SaleChange& change) {
  if (!lock_concert(tx, id)) return no_concert(id);
  const auto concert = load_concert(tx.connection(), id);
  const auto opens_at = change.opens_at.value_or(concert->opens_at);
  const auto closes_at = change.closes_at.value_or(concert->closes_at);
  CHECK(check_window(opens_at, closes_at));
  set_sale(tx, id, opens_at, closes_at);
  return Done{};
}

Result<Done> change_queue(db::Tx& tx, ConcertId id, QueueId queue) {
  if (!lock_concert(tx, id)) return no_concert(id);
  CHECK(check_queue(tx.connection(), queue));
  set_queue(tx, id, queue);
  return Done{};
}

Result<Concert> find_concert(db::Connection& connection, ConcertId id) {
  auto concert = load_concert(connection, id);
  if (!concert) return no_concert(id);
  return std::move(*concert);
}

}  // namespace boxoffice::seating
