// Dates and instants, in zones with every kind of summer time. Input: a zone, then a text that is
// read in every way there is; eight bytes of it are an instant that is written.
#include <algorithm>
#include <ctime>

#include "base/instant.h"
#include "property.h"

using namespace boxoffice;
using fuzz::require;

namespace {

// Skipped midnights (Sao_Paulo, Beirut, Santiago), a skipped day (Apia), half an hour of summer
// time (Lord_Howe), quarters (Kathmandu, Chatham), negative summer time (Dublin).
constexpr const char* kZones[] = {"Asia/Seoul", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe",
                                  "Asia/Kathmandu", "Europe/Dublin", "Asia/Beirut", "America/Santiago",
                                  "Pacific/Chatham", "America/New_York", "UTC", "Africa/Casablanca"};
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct Fields {
  std::int64_t year, month, day, hour = 0, minute = 0;
};

bool leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::int64_t days_in(std::int64_t year, std::int64_t month) {
  if (month == 2) return leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Days since 1970-01-01, counted year by year.
std::int64_t days_before(const Fields& f) {
  const std::int64_t y = f.year - 1;
  std::int64_t days = 365 * (f.year - 1970) + (y / 4 - y / 100 + y / 400) - 477;
  for (std::int64_t m = 1; m < f.month; ++m) days += days_in(f.year, m);
  return days + f.day - 1;
}

// A shape as "dddd-dd-dd": d stands for a digit.
bool shaped(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

std::int64_t number(std::string_view text, std::size_t at, std::size_t count) {
  return std::strtoll(std::string(text.substr(at, count)).c_str(), nullptr, 10);
}

bool in_calendar(std::string_view text, Fields& f) {
  f = {number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)};
  return f.year >= 1970 && f.month >= 1 && f.month <= 12 && f.day >= 1 && f.day <= days_in(f.year, f.month);
}

bool on_clock(std::string_view text, std::size_t at, Fields& f) {
  f.hour = number(text, at, 2);
  f.minute = number(text, at + 3, 2);
  return f.hour <= 23 && f.minute <= 59;
}

Instant as_if_utc(const Fields& f) {
  return {(days_before(f) * 1440 + f.hour * 60 + f.minute) * 60 * kSecond};
}

// Whether the zone's clocks ever show it; offsets are whole quarters of an hour, but for one
// that is whole minutes, and none is beyond 15 hours.
template <class Shown>
bool ever(const Fields& f, std::string_view text, const Shown& shown) {
  for (std::int64_t minutes = -15 * 60; minutes <= 15 * 60; minutes += 15) {
    if (shown(as_if_utc(f).plus_seconds(minutes * 60)) == text) return true;
  }
  return false;
}

// The planted defect: the thirty-first of every month.
std::optional<LocalMoment> moment(const std::string& text) {
  auto read = parse_local_moment(text);
  if (fuzz::kPlanted && !read && shaped(text, "dddd-dd-31")) return LocalMoment{{0}, {kDay}};
  return read;
}

void check_date(const std::string& text) {
  Fields f{};
  const auto read = moment(text);
  if (!shaped(text, "dddd-dd-dd") || !in_calendar(text, f)) {
    return require(!read.has_value(), "a date is one of the calendar's");
  }
  if (!read) return require(!ever(f, text, local_date), "a date that clocks show is read");
  require(local_date(read->begin) == text, "a date begins on it");
  require(local_date({read->begin.micros - 1}) != text, "… with its first instant");
  require(local_date({read->end.micros - 1}) == text, "… and ends with its last");
  require(local_date(read->end) != text && read->begin < read->end, "… before the next begins");
}

void check_minute(const std::string& text) {
  Fields f{};
  const auto read = moment(text);
  if (!in_calendar(text, f) || !on_clock(text, 11, f)) {
    return require(!read.has_value(), "a minute is one of the calendar's");
  }
  if (!read) return require(!ever(f, text, local_minute), "a minute that clocks show is read");
  require(local_minute(read->begin) == text && read->begin.micros % (60 * kSecond) == 0,
          "a minute begins with it");
  require(read->end == read->begin.plus_seconds(60), "a minute has sixty seconds");
}

void check_moment(const std::string& text) {
  if (shaped(text, "dddd-dd-ddTdd:dd")) return check_minute(text);
  check_date(text);
}

// The longest of the shapes that begins the text, with what stands behind it.
void check_instant(const std::string& text) {
  const auto read = parse_rfc3339(text);
  if (!read) return;
  Fields f{};
  require(text.size() >= 16 && shaped(std::string_view(text).substr(0, 16), "dddd-dd-ddTdd:dd") &&
              in_calendar(text, f) && on_clock(text, 11, f),
          "an instant begins with a date and a minute");
  std::string_view left = std::string_view(text).substr(16);
  std::int64_t micros = 0;
  if (!left.empty() && left[0] == ':') {
    require(shaped(left.substr(0, 3), ":dd") && left[1] < '6', "seconds are two digits");
    micros = number(left, 1, 2) * kSecond;
    left.remove_prefix(3);
    if (!left.empty() && left[0] == '.') {
      const auto end = std::min(left.find_first_not_of("0123456789", 1), left.size());
      require(end > 1, "a fraction has digits");
      auto fraction = std::string(left.substr(1, end - 1)).substr(0, 6);
      fraction.resize(6, '0');
      micros += number(fraction, 0, 6);
      left.remove_prefix(end);
    }
  }
  if (left.empty()) {
    require(local_minute(*read) == text.substr(0, 16), "a local time is one that clocks show");
    constexpr std::int64_t kMinute = 60 * kSecond;
    return require((read->micros % kMinute + kMinute) % kMinute == micros, "… to the microsecond");
  }
  std::int64_t offset = 0;
  if (left != "Z") {
    require(shaped(left, "+dd:dd") || shaped(left, "-dd:dd"), "an offset is Z, +hh:mm or -hh:mm");
    Fields east{};
    require(on_clock(left, 1, east), "an offset is less than a day");
    offset = (east.hour * 60 + east.minute) * (left[0] == '-' ? -1 : 1);
  }
  require(read->micros == as_if_utc(f).plus_seconds(-offset * 60).micros + micros,
          "an instant is what it says");
}

void check_written(Instant t) {
  if (t.micros < kDay || t.micros > 253'402'000'000 * kSecond) return;  // 1970 to 9999
  const auto text = rfc3339(t);
  require(text.size() == 32 && text[29] == ':', "an instant is written in full");
  require(local_date_time(t) == text.substr(0, 26), "the families differ by the offset");
  require(text.rfind(local_minute(t), 0) == 0 && local_minute(t).rfind(local_date(t), 0) == 0,
          "dates and minutes are its beginning");
  require(parse_rfc3339(text) == t, "what is written is read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  require(set_time_zone(kZones[input.byte() % std::size(kZones)]), "these zones are known");
  const auto text = input.rest();
  check_moment(text);
  check_instant(text);
  // Half of the bits: up to the year 262,000 would mostly be no year of ours.
  check_written({static_cast<std::int64_t>(static_cast<std::uint64_t>(input.number()) >> 5)});
  return 0;
}
