
#include "rehearse/report.h"
#include "rehearse/words.h"

namespace boxoffice::rehearse {
namespace {

json::Object played(const Options& o) {
  json::Object out;
  out.set("fans", o.fans)
      .set("seats", o.seats)
      .set("capacity", o.capacity)
      .set("claimSeconds", o.claim_seconds)
      .set("visitSeconds", o.visit_seconds)
      .set("arriveSeconds", o.arrive_seconds)
      .set("think", o.scale)
      .set("seed", o.seed)
      .set("baseUrl", std::string_view(o.base_url));
  return out;
}

json::Object outcomes(const Record& seen) {
  json::Object out;
  for (std::size_t i = 0; i < kOutcomes; ++i) out.set(kOutcomeNames[i], seen.outcomes[i]);
  return out;
}

json::Array numbers(const std::vector<std::int64_t>& list) {
  json::Array out;
  for (const auto number : list) out.add(number);
  return out;
}

json::Object order(const Order& o) {
  json::Object out;
  out.set("places", o.places)
      .set("inversions", o.inversions)
      .set("doubles", o.doubles)
      .set("overtaken", o.overtaken);
  return out;
}

json::Object seats(const Seats& s) {
  json::Object out;
  out.set("all", s.all)
      .set("sold", s.sold)
      .set("held", s.held)
      .set("free", s.free)
      .set("soldTwice", numbers(s.sold_twice))
      .set("disputed", numbers(s.disputed));
  return out;
}

json::Object money(const Money& m) {
  json::Object out;
  out.set("charged", m.charged)
      .set("used", m.used)
      .set("refunded", m.refunded)
      .set("balances", m.balances)
      .set("priceOfSoldSeats", m.price_of_sold)
      .set("wrongUsers", numbers(m.wrong));
  return out;
}

json::Array checks(const Verdict& verdict) {
  json::Array out;
  for (const auto& check : verdict.checks) {
    json::Object one;
    one.set("name", check.name).set("ok", check.ok).set("found", std::string_view(check.words));
    out.add(std::move(one));
  }
  return out;
}

json::Object audit(const audit::Audit& audit) {
  json::Array broken;
  for (const auto& finding : audit.findings) {
    if (!finding.rows.empty()) broken.add(std::string_view(finding.invariant->name));
  }
  json::Object out;
  out.set("invariants", static_cast<std::int64_t>(audit.findings.size()))
      .set("broken", std::move(broken));
  return out;
}

json::Object latency(const Latency& l) {
  json::Object out;
  out.set("count", l.count)
      .set("p50Ms", l.p50)
      .set("p99Ms", l.p99)
      .set("p999Ms", l.p999)
      .set("worstMs", l.worst);
  return out;
}

json::Object latencies(const Figures& f) {
  json::Object out;
  for (const auto& l : f.latencies) {
    out.set(kEndpointNames[static_cast<std::size_t>(l.endpoint)], latency(l));
  }
  return out;
}

json::Object traffic(const Record& seen, const Figures& f) {
  json::Object out;
  out.set("requests", seen.requests)
      .set("peakPerSecond", f.peak_per_second)
      .set("errors", seen.errors.count)
      .set("refusedBusy", seen.refused_busy)
      .set("refusedRate", seen.refused_rate)
      .set("noAnswer", seen.no_answer)
      .set("requestInProgress", seen.in_progress)
      .set("hungUp", seen.hung_up)
      .set("askedTwice", seen.repeated)
      .set("seatTaken", seen.seat_taken);
  return out;
}

json::Object line(const Told& t) {
  const auto& f = t.figures;
  json::Object out;
  out.set("admitted", f.admitted)
      .set("ghosts", f.ghosts)
      .set("waitP50Seconds", percentile(f.waits, 0.5))
      .set("waitP99Seconds", percentile(f.waits, 0.99))
      .set("stayLifeSeconds", f.stayed > 0 ? f.stays / static_cast<double>(f.stayed) : 0)
      .set("soldOutAfterSeconds", f.sold_out_seconds)
      .set("soldPerMinute", f.sold_per_minute)
      .set("heldToTheEnd", t.crowd.held_to_the_end());
  return out;
}

json::Object advice(const Figures& f) {
  json::Array halls, words;
  for (const auto& hall : f.halls) {
    json::Object one;
    one.set("capacity", hall.capacity)
        .set("admittedPerMinute", hall.admitted_per_minute)
        .set("seatsPerMinute", hall.seats_per_minute)
        .set("soldMinutes", hall.sold_minutes)
        .set("lineMinutes", hall.line_minutes);
    halls.add(std::move(one));
  }
  for (const auto& sentence : f.advice) words.add(std::string_view(sentence));
  json::Object out;
  out.set("visitSeconds", f.visit_advised)
      .set("halls", std::move(halls))
      .set("words", std::move(words));
  return out;
}

}  // namespace

json::Object as_json(const Told& t) {
  const auto& seen = t.crowd.seen();
  json::Array reasons;
  for (const auto& reason : t.verdict.reasons()) reasons.add(std::string_view(reason));
  json::Object out;
  out.set("ok", t.verdict.pass())
      .set("reasons", std::move(reasons))
      .set("name", std::string_view(t.stage))
      .set("queueId", t.queue)
      .set("concertId", t.concert)
      .set("seconds", t.figures.seconds)
      .set("played", played(t.options))
      .set("outcomes", outcomes(seen))
      .set("line", line(t))
      .set("order", order(t.verdict.order))
      .set("seats", seats(t.verdict.seats))
      .set("money", money(t.verdict.money))
      .set("audit", audit(t.verdict.audit))
      .set("checks", checks(t.verdict))
      .set("traffic", traffic(seen, t.figures))
      .set("latencies", latencies(t.figures))
      .set("advice", advice(t.figures))
      .set("data", std::string_view(t.removal));
  return out;
}

std::string as_text(const Told& t) {
  const auto& f = t.figures;
  const auto& seen = t.crowd.seen();
  std::string out = std::string(t.verdict.pass() ? "PASS" : "FAIL") + "  " + t.stage + ": " +
                    grouped(t.options.fans) + " fans, " + grouped(t.options.seats) + " seats, " +
                    fixed(f.seconds, 0) + " s, seed " + std::to_string(t.options.seed) + "\n";
  for (const auto& check : t.verdict.checks) {
    out += std::string(check.ok ? "  ok      " : "  BROKEN  ") + check.name + ": " + check.words +
           "\n";
  }
  out += "  traffic: " + grouped(seen.requests) + " requests, at most " +
         fixed(f.peak_per_second, 0) + " a second; p50 " + fixed(f.all.p50, 1) + " ms, p99 " +
         fixed(f.all.p99, 1) + " ms, p99.9 " + fixed(f.all.p999, 1) + " ms\n";
  if (seen.refused_busy + seen.refused_rate + seen.no_answer > 0) {
    out += "  asked again: " + grouped(seen.refused_busy) + " × 503, " +
           grouped(seen.refused_rate) + " × 429, " + grouped(seen.no_answer) +
           " without an answer\n";
  }
  out += "  fans:";
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (seen.outcomes[i] > 0) out += " " + grouped(seen.outcomes[i]) + " " + kOutcomeWords[i] + ",";
  }
  if (out.ends_with(',')) out.pop_back();
  out += "\n";
  for (const auto& sentence : f.advice) out += "\n" + sentence + "\n";
  out += "\n" + t.removal + "\n";
  if (!t.options.report.empty()) out += "report: " + t.options.report + "\n";
  return out;
}

}  // namespace boxoffice::rehearse
