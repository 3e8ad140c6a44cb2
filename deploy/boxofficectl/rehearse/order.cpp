#include "rehearse/order.h"

#include <algorithm>
#include <map>

namespace boxoffice::rehearse {
namespace {

// Of those with higher numbers than the one looked at: when each was told to come in, and when it
// is known to have been waiting still. Kept so that both rise together: an entry that is told
// later, and waited less long, can accuse nobody whom another does not.
class LaterComers {
 public:
  void add(const History& h, std::int64_t stale) {
    if (h.told_in == 0) return;
    const auto waited = h.waited > 0 ? h.waited - stale : h.asked;
    auto at = by_told_.upper_bound(h.told_in);
    if (at != by_told_.begin() && std::prev(at)->second >= waited) return;
    while (at != by_told_.end() && at->second <= waited) at = by_told_.erase(at);
    by_told_[h.told_in] = waited;
  }
  // Somebody of them was in line together with this one, and in long before it was told to wait.
  [[nodiscard]] bool overtook(const History& h, std::int64_t stale) const {
    if (h.waited == 0) return false;
    const auto at = by_told_.lower_bound(h.waited - stale);
    return at != by_told_.begin() && std::prev(at)->second > h.answered;
  }

 private:
  std::map<std::int64_t, std::int64_t> by_told_;
};

}  // namespace

Order judge_order(std::vector<History> places, std::int64_t stale_micros) {
  Order out;
  std::erase_if(places, [](const History& h) { return h.number == 0; });
  out.places = static_cast<std::int64_t>(places.size());
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return a.number > b.number; });
  LaterComers later;
  std::int64_t soonest_answer = INT64_MAX;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& h = places[i];
    if (i > 0 && places[i - 1].number == h.number) ++out.doubles;
    if (soonest_answer < h.asked) ++out.inversions;
    if (later.overtook(h, stale_micros)) ++out.overtaken;
    soonest_answer = std::min(soonest_answer, h.answered);
    later.add(h, stale_micros);
  }
  return out;
}

}  // namespace boxoffice::rehearse
