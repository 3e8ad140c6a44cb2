// Whether the line was fair, as its fans saw it.
#pragma once

#include <cstdint>
#include <vector>

namespace boxoffice::rehearse {

// A place in the line as its fan knows it; times in micros, 0 where it did not happen.
struct History {
  std::int64_t number = 0;
  std::int64_t asked = 0, answered = 0;  // for the place
  std::int64_t waited = 0;               // last asked, and was told to wait
  std::int64_t told_in = 0;
  std::int64_t gone = 0;
  bool stays = false;         // gone, but their visit goes on until its limit
  bool empty_handed = false;  // got in and found nothing left
};

struct Order {
  std::int64_t places = 0;
  std::int64_t inversions = 0;  // had an answer before somebody with a lower number asked
  std::int64_t doubles = 0;     // numbers that two were given
  std::int64_t overtaken = 0;   // still told to wait long after a later comer was told to come in
};
Order judge_order(std::vector<History> places, std::int64_t stale_micros);

}  // namespace boxoffice::rehearse
