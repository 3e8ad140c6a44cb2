// A worker's pictures of the seats of sessions, as text ready to be sent. A hall of 5,000 seats
// takes milliseconds to be read and written out, and everybody inside looks at it again and again.
//
// A picture is a cache that is never old: it is shown only while the session's seats have not
// changed (the sum of its rows in seat_version) and no hold in it has run out.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "seating/as_of.h"

namespace boxoffice::seating {

class Board {
 public:
  using Draw = std::function<std::string(const std::vector<Seat>&)>;
  // What `draw` makes of the seats; it is always the same function for one board.
  const std::string& show(db::Connection& connection, const Showing& showing, const Draw& draw);

 private:
  struct Picture {
    AsOf as_of;
    std::string text;
  };
  static constexpr std::size_t kPicturesMax = 64;  // of a few hundred kilobytes at most
  std::map<SessionId, Picture> pictures_;
};

}  // namespace boxoffice::seating
