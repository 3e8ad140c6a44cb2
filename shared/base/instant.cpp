#include "base/instant.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace boxoffice {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::size_t kMinuteCharacters = 16;  // YYYY-MM-DDTHH:MM

struct Parts {
  std::tm tm{};
  std::int64_t micros = 0;
};

Parts local_parts(Instant t) {
  // Round towards the past, so that instants before 1970 keep a positive fraction.
  std::int64_t seconds = t.micros / kMicros;
  std::int64_t micros = t.micros % kMicros;
  if (micros < 0) {
    micros += kMicros;
    --seconds;
  }
  Parts parts;
  const std::time_t when = seconds;
  localtime_r(&when, &parts.tm);
  parts.micros = micros;
  return parts;
}

std::string format(const Parts& p, const char* pattern) {
  char text[48];
  const auto length = std::strftime(text, sizeof text, pattern, &p.tm);
  return {text, length};
}

std::string fraction(const Parts& p) {
  char text[16];
  std::snprintf(text, sizeof text, ".%06lld", static_cast<long long>(p.micros));
  return text;
}

// Reads exactly `count` digits at `at` and moves past them; -1 where there are none.
int digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool skip(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

// YYYY-MM-DD at the start of the text; refuses days that the calendar does not have.
std::optional<std::tm> read_date(std::string_view text, std::size_t& at) {
  const int year = digits(text, at, 4);
  if (year < 1970 || !skip(text, at, '-')) return {};
  const int month = digits(text, at, 2);
  if (month < 1 || month > 12 || !skip(text, at, '-')) return {};
  const int day = digits(text, at, 2);
  if (day < 1) return {};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) return {};
  std::tm tm{};
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  tm.tm_mday = day;
  tm.tm_isdst = -1;
  return tm;
}

bool read_minute(std::string_view text, std::size_t& at, std::tm& tm) {
  tm.tm_hour = digits(text, at, 2);
  if (tm.tm_hour < 0 || tm.tm_hour > 23 || !skip(text, at, ':')) return false;
  tm.tm_min = digits(text, at, 2);
  return tm.tm_min >= 0 && tm.tm_min <= 59;
}

Instant from_local(std::tm tm) { return {static_cast<std::int64_t>(std::mktime(&tm)) * kMicros}; }

// [:SS[.ffffff]] — absent is zero.
bool read_seconds(std::string_view text, std::size_t& at, std::tm& tm, std::int64_t& micros) {
  if (!skip(text, at, ':')) return true;
  tm.tm_sec = digits(text, at, 2);
  if (tm.tm_sec < 0 || tm.tm_sec > 59) return false;
  if (!skip(text, at, '.')) return true;
  std::int64_t unit = kMicros / 10;
  const std::size_t first = at;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
    micros += (text[at++] - '0') * unit;
    unit /= 10;
  }
  return at > first;
}

// Z or +HH:MM, as seconds east of UTC; nothing where the text ends.
bool read_offset(std::string_view text, std::size_t& at, std::optional<std::int64_t>& offset) {
  if (at == text.size()) return true;
  if (skip(text, at, 'Z')) {
    offset = 0;
    return at == text.size();
  }
  const bool west = text[at] == '-';
  if (!west && text[at] != '+') return false;
  ++at;
  std::tm tm{};
  if (!read_minute(text, at, tm)) return false;
  offset = (tm.tm_hour * 3600 + tm.tm_min * 60) * (west ? -1 : 1);
  return at == text.size();
}

// glibc reads anything else as UTC without a word (an unknown name, but also a folder such as
// "Asia" or a table such as "zone.tab"); sold dates would silently shift.
bool is_zone_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  file.read(magic, sizeof magic);
  return file && std::string_view(magic, sizeof magic) == "TZif";
}

}  // namespace

std::int64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

Instant wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {static_cast<std::int64_t>(now.tv_sec) * kMicros + now.tv_nsec / 1000};
}

bool set_time_zone(const std::string& name) {
  const bool plain = name.find("..") == std::string::npos && !name.empty() && name[0] != '/';
  if (!plain || (name != "UTC" && !is_zone_file("/usr/share/zoneinfo/" + name))) return false;
  setenv("TZ", (name == "UTC" ? "UTC0" : ":" + name).c_str(), 1);
  tzset();
  return true;
}

std::string rfc3339(Instant t) {
  const auto parts = local_parts(t);
  std::string zone = format(parts, "%z");  // +0900
  zone.insert(3, ":");
  return format(parts, "%Y-%m-%dT%H:%M:%S") + fraction(parts) + zone;
}

std::string local_date_time(Instant t) {
  const auto parts = local_parts(t);
  return format(parts, "%Y-%m-%dT%H:%M:%S") + fraction(parts);
}

std::string local_date(Instant t) { return format(local_parts(t), "%Y-%m-%d"); }
std::string local_minute(Instant t) { return format(local_parts(t), "%Y-%m-%dT%H:%M"); }

std::optional<LocalMoment> parse_local_moment(std::string_view text) {
  std::size_t at = 0;
  auto tm = read_date(text, at);
  if (!tm) return {};
  if (at == text.size()) {
    std::tm next = *tm;
    ++next.tm_mday;  // mktime carries into the next month
    const LocalMoment day{from_local(*tm), from_local(next)};
    // A day that the zone skipped is none: Apia, west of the date line until then, had no 2011-12-30.
    if (local_date(day.begin) != text) return {};
    return day;
  }
  if (!skip(text, at, 'T') || !read_minute(text, at, *tm) || at != text.size()) return {};
  const Instant begin = from_local(*tm);
  // A minute that summer time skips is none; mktime would have made another one of it.
  if (local_minute(begin) != text) return {};
  return LocalMoment{begin, begin.plus_seconds(60)};
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  auto tm = read_date(text, at);
  std::int64_t micros = 0;
  std::optional<std::int64_t> offset;
  if (!tm || !skip(text, at, 'T') || !read_minute(text, at, *tm) ||
      !read_seconds(text, at, *tm, micros) || !read_offset(text, at, offset)) {
    return {};
  }
  if (!offset) {
    const Instant local{from_local(*tm).micros + micros};
    // As above: a local time that summer time skips is none.
    if (local_minute(local) != text.substr(0, kMinuteCharacters)) return {};
    return local;
  }
  return Instant{(static_cast<std::int64_t>(timegm(&*tm)) - *offset) * kMicros + micros};
}

}  // namespace boxoffice
