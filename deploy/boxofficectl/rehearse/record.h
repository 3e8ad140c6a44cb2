// What was seen while the rehearsal ran: by its fans over HTTP, and in the database by looking once
// a moment. Only kept here; judged in verdict.h.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rehearse/http.h"
#include "rehearse/order.h"

namespace boxoffice::rehearse {

// How a fan's evening ended.
enum class Outcome {
  bought,        // and kept the seats
  refunded,      // paid, and gave the seats back
  let_lapse,     // held seats and never paid
  gave_up_hold,  // held seats and let them go
  sold_out,      // got in and found nothing
  ran_out,       // the visit ended before they had paid
  left_line,     // gave the place up
  vanished,      // from the line, without a word
  loitered,      // got in and never did anything more
  failed,        // an answer that nobody can make sense of
};
inline constexpr std::size_t kOutcomes = 10;
inline constexpr std::array<const char*, kOutcomes> kOutcomeNames = {
    "bought", "refunded", "letLapse", "gaveUpHold", "soldOut",
    "ranOut", "leftLine", "vanished", "loitered",   "failed"};
inline constexpr std::array<const char*, kOutcomes> kOutcomeWords = {
    "bought their seats",
    "paid, then asked for a refund",
    "let their hold lapse",
    "let their hold go",
    "got in and found nothing left",
    "ran out of time inside",
    "left the line",
    "vanished from the line",
    "got in and fell asleep",
    "failed"};

// A moment of the database.
struct Sample {
  double seconds = 0;
  std::int64_t waiting = 0, inside = 0, held = 0, sold = 0;
  std::int64_t requests = 0, errors = 0;  // since the sample before; all in all
};

struct Errors {
  std::int64_t count = 0;
  std::map<std::string, std::int64_t> kinds;
};

class Record {
 public:
  void answered(Endpoint endpoint, double millis) {
    latencies[static_cast<std::size_t>(endpoint)].push_back(static_cast<float>(millis));
    ++requests;
  }
  void error(const std::string& what) {
    ++errors.count;
    if (errors.kinds.size() < kKindsMax || errors.kinds.contains(what)) ++errors.kinds[what];
  }
  void end(Outcome outcome) { ++outcomes[static_cast<std::size_t>(outcome)]; }

  std::array<std::vector<float>, kEndpoints> latencies;
  std::int64_t requests = 0;
  std::int64_t refused_busy = 0;  // 503
  std::int64_t refused_rate = 0;  // 429
  std::int64_t in_progress = 0;   // 409 REQUEST_IN_PROGRESS
  std::int64_t no_answer = 0;     // not counting those hung up on
  std::int64_t hung_up = 0, repeated = 0;
  std::int64_t seat_taken = 0;
  Errors errors;
  std::array<std::int64_t, kOutcomes> outcomes{};
  std::vector<Sample> samples;
  std::vector<double> waits;   // seconds from the place to being told to come in
  std::vector<double> visits;  // seconds from then to the payment, of those who bought
  bool sold_out = false;
  double sold_out_seconds = 0;

 private:
  static constexpr std::size_t kKindsMax = 50;
};

}  // namespace boxoffice::rehearse
