#include "seating/board.h"

#include <algorithm>

namespace boxoffice::seating {
namespace {

std::optional<Instant> next_lapse(const std::vector<Seat>& seats) {
  std::optional<Instant> next;
  for (const auto& seat : seats) {
    if (seat.held_until && (!next || *seat.held_until < *next)) next = seat.held_until;
  }
  return next;
}

}  // namespace

const std::string& Board::show(db::Connection& connection, const Showing& showing,
                               const Draw& draw) {
  const auto found = pictures_.find(showing.session.id);
  if (found != pictures_.end() && found->second.as_of.is_still_so(showing)) return found->second.text;
  const auto seats = load_seats(connection, showing.session.id);
  if (found == pictures_.end() && pictures_.size() >= kPicturesMax) pictures_.clear();
  auto& picture = pictures_[showing.session.id];
  picture = {{showing.seat_version, next_lapse(seats)}, draw(seats)};
  return picture.text;
}

}  // namespace boxoffice::seating
