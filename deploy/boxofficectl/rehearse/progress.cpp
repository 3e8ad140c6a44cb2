#include "rehearse/progress.h"

#include <cstdio>
#include <iostream>

namespace boxoffice::rehearse {

void Progress::tell(const Crowd& crowd) {
  constexpr double kEverySeconds = 5;  // where lines stay
  const auto& seen = crowd.seen();
  if (seen.samples.empty()) return;
  if (!terminal_ && told_ >= 0 && crowd.seconds() - told_ < kEverySeconds) return;
  const auto& now = seen.samples.back();
  const double span =
      seen.samples.size() < 2 ? 0 : now.seconds - seen.samples[seen.samples.size() - 2].seconds;
  char text[200];
  std::snprintf(text, sizeof text,
                "%4.0f s  gone %lld/%lld  in line %lld  inside %lld  holding %lld  sold %lld  "
                "errors %lld  %.0f req/s",
                crowd.seconds(), static_cast<long long>(crowd.count(Fan::Where::gone)),
                static_cast<long long>(fans_), static_cast<long long>(now.waiting),
                static_cast<long long>(now.inside), static_cast<long long>(now.held),
                static_cast<long long>(now.sold), static_cast<long long>(now.errors),
                span > 0 ? static_cast<double>(now.requests) / span : 0);
  std::cerr << (terminal_ ? "\r\033[K" : "") << text << (terminal_ ? "" : "\n") << std::flush;
  told_ = crowd.seconds();
}

void Progress::end() {
  if (terminal_) std::cerr << "\r\033[K" << std::flush;
}

}  // namespace boxoffice::rehearse
