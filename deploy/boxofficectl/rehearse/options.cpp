#include "rehearse/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>

#include "queue/admin.h"
#include "seating/admin.h"

namespace boxoffice::rehearse {
namespace {

constexpr std::int64_t kFans = 10'000, kSeats = 2'000, kCapacity = 200, kArriveSeconds = 300;
constexpr std::int64_t kConnections = 200;
constexpr double kScale = 0.1, kScaleMin = 0.001, kScaleMax = 1;

double scale_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= kScaleMin &&
      value <= kScaleMax) {
    return value;
  }
  throw ctl::Misuse("--think " + text + ": must be a number from 0.001 to 1");
}

std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

// Where the stack of this environment (deploy/ctl) answers.
std::string own_url() {
  auto host = environment("BOXOFFICE_LISTEN", "127.0.0.1");
  if (host == "0.0.0.0") host = "127.0.0.1";
  return "http://" + host + ":" + environment("BOXOFFICE_PORT", "8080");
}

std::string url_of(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (!known || url.find_first_of(" ?#\"<>") != std::string::npos || url.ends_with(':')) {
    throw ctl::Misuse("--base-url " + url + ": must be like http://127.0.0.1:8080");
  }
  return url;
}

}  // namespace

std::int64_t Options::played_seconds(std::int64_t seconds) const {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(seconds) * scale));
}

std::vector<ctl::Parameter> parameters() {
  using ctl::Kind;
  constexpr std::int64_t kFansMax = 200'000, kConnectionsMax = 1'000;
  return {
      {"--fans", "N", "how many come (10000)", Kind::number, false, 1, kFansMax},
      {"--seats", "N", "how many seats there are (2000)", Kind::number, false, 1,
       seating::kSeatNumberMax},
      {"--capacity", "N", "how many may be inside at once (200)", Kind::number, false, 1,
       queue::kCapacityMax},
      {"--visit-seconds", "N", "from being admitted to the end of the visit (VISIT_SECONDS)",
       Kind::number, false, 1, queue::kLimitSecondsMax},
      {"--claim-seconds", "N", "from being admitted to the first protected call (CLAIM_SECONDS)",
       Kind::number, false, 1, queue::kLimitSecondsMax},
      {"--arrive-seconds", "N", "within which they come, most of them at the beginning (300)",
       Kind::number, false, 1, queue::kLimitSecondsMax},
      {"--think", "SCALE",
       "how long a second of the fans' life takes, also of the limits above (0.1)", Kind::text,
       false, 1, 12},
      {"--base-url", "URL", "where the stack answers (this one's)", Kind::text, false, 1, 300},
      {"--connections", "N", "kept open to it, shared by all fans (200)", Kind::number, false, 1,
       kConnectionsMax},
      {"--report", "FILE", "write the report there, one HTML file", Kind::text, false, 1, 4096},
      {"--seed", "N", "repeats a run's choices", Kind::number, false, 1, INT32_MAX},
      {"--keep", "", "leave what was made in the database, to look at it; else it is removed",
       Kind::flag},
      {"--beside-a-sale", "", "play although people stand in other lines", Kind::flag},
  };
}

Options read_options(const ctl::Arguments& a, const Config& config) {
  Options o{a.number("--fans").value_or(kFans),
            a.number("--seats").value_or(kSeats),
            a.number("--capacity").value_or(kCapacity),
            a.number("--claim-seconds").value_or(config.claim_seconds),
            a.number("--visit-seconds").value_or(config.visit_seconds),
            a.number("--arrive-seconds").value_or(kArriveSeconds),
            a.number("--connections").value_or(kConnections),
            0,
            kScale,
            url_of(a.text("--base-url").value_or(own_url())),
            a.text("--report").value_or(""),
            a.has("--keep"),
            a.has("--beside-a-sale")};
  if (const auto text = a.text("--think")) o.scale = scale_of(*text);
  o.seed = a.number("--seed").value_or(0);
  if (o.seed == 0) o.seed = static_cast<std::int64_t>(std::random_device{}() & 0x7FFFFFFFu) | 1;
  return o;
}

}  // namespace boxoffice::rehearse
