#include "rehearse/figures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "rehearse/words.h"

namespace boxoffice::rehearse {
namespace {

Latency latency_of(Endpoint endpoint, std::vector<double> millis) {
  std::sort(millis.begin(), millis.end());
  return {endpoint,
          static_cast<std::int64_t>(millis.size()),
          percentile(millis, 0.5),
          percentile(millis, 0.99),
          percentile(millis, 0.999),
          millis.empty() ? 0 : millis.back()};
}

void read_latencies(const Record& seen, Figures& out) {
  std::vector<double> door, beyond;
  for (std::size_t i = 0; i < kEndpoints; ++i) {
    const auto endpoint = static_cast<Endpoint>(i);
    const std::vector<double> some(seen.latencies[i].begin(), seen.latencies[i].end());
    if (some.empty()) continue;
    auto& side = endpoint == Endpoint::sign_up || endpoint == Endpoint::join ? door : beyond;
    side.insert(side.end(), some.begin(), some.end());
    out.latencies.push_back(latency_of(endpoint, some));
  }
  auto all = door;
  all.insert(all.end(), beyond.begin(), beyond.end());
  out.all = latency_of(Endpoint::poll, std::move(all));
  out.door = latency_of(Endpoint::join, std::move(door));
  out.beyond = latency_of(Endpoint::poll, std::move(beyond));
}

// How long somebody was inside, in seconds of life. What was played faster is made as long again;
// noticing that one's turn has come is not: the server says how often to ask.
double stay_of(const rehearsal::Place& place, const History& fan, const Options& o) {
  if (fan.told_in == 0) return static_cast<double>(o.claim_seconds);
  if (fan.stays) return static_cast<double>(o.visit_seconds);
  const double inside =
      static_cast<double>(place.ended_at->micros - place.admitted_at->micros) / 1e6;
  const double busy = static_cast<double>(fan.gone - fan.told_in) / 1e6;
  return std::max(0.0, inside - busy) + busy / o.scale;
}

void read_places(const std::vector<rehearsal::Place>& places, const Crowd& crowd,
                 const Options& options, Figures& out) {
  std::map<std::int64_t, const History*> fans;
  for (const auto& fan : crowd.fans()) fans[fan.history().number] = &fan.history();
  auto first = places.empty() ? Instant{} : places.front().joined_at;
  for (const auto& place : places) first = std::min(first, place.joined_at);
  for (const auto& place : places) {
    if (!place.admitted_at) continue;
    ++out.admitted;
    const auto fan = fans.find(place.number.value);
    if (fan == fans.end()) continue;
    out.ghosts += fan->second->told_in == 0 || fan->second->stays;
    out.let_in.push_back(
        {place.number.value, static_cast<double>(place.admitted_at->micros - first.micros) / 1e6});
    if (!place.ended_at && fan->second->told_in > 0 && !fan->second->stays) continue;
    const double stay = stay_of(place, *fan->second, options);
    out.stays += stay;
    ++out.stayed;
    if (fan->second->empty_handed) continue;
    out.selling_stays += stay;
    ++out.selling_stayed;
  }
}

void read_samples(const Record& seen, Figures& out) {
  for (std::size_t i = 1; i < seen.samples.size(); ++i) {
    const double span = seen.samples[i].seconds - seen.samples[i - 1].seconds;
    if (span > 0.1) {
      out.peak_per_second =
          std::max(out.peak_per_second, static_cast<double>(seen.samples[i].requests) / span);
    }
  }
  out.sold_out_seconds = seen.sold_out_seconds;
  if (seen.samples.empty()) return;
  const auto final_sold = seen.samples.back().sold;
  for (const auto& sample : seen.samples) {
    if (final_sold == 0 || sample.seconds <= 0 || sample.sold * 10 < final_sold * 9) continue;
    out.sold_per_minute = static_cast<double>(sample.sold) * 60 / sample.seconds;
    break;
  }
}

void add_halls(const Options& o, std::int64_t sold, Figures& out) {
  if (out.selling_stays <= 0) return;
  for (const double times : {0.25, 0.5, 1.0, 2.0, 4.0}) {
    const auto capacity =
        std::max<std::int64_t>(1, std::llround(static_cast<double>(o.capacity) * times));
    const double room = static_cast<double>(capacity) * 60;
    out.halls.push_back({capacity,
                         room * static_cast<double>(out.selling_stayed) / out.selling_stays,
                         room * static_cast<double>(sold) / out.selling_stays,
                         out.selling_stays / room, out.stays / room});
  }
}

void advise_visit(const Options& o, Figures& out) {
  if (out.visits.empty()) return;
  constexpr double kSlack = 1.5;
  constexpr std::int64_t kStep = 30;
  const double slowest = percentile(out.visits, 0.99) / o.scale;
  out.visit_advised = std::max<std::int64_t>(
      kStep, static_cast<std::int64_t>(std::ceil(slowest * kSlack / kStep)) * kStep);
  out.advice.push_back(
      "Visit limit: 99 of 100 buyers had paid " + fixed(slowest) +
      " s after they were let in. "
      "A limit of " +
      std::to_string(out.visit_advised) +
      " s gives them half as much again; "
      "it was " +
      std::to_string(o.visit_seconds) +
      " s. Whoever falls asleep inside keeps "
      "their room until the limit, so it should not be longer than it needs to be.");
}

// Whether the machine, and not the hall, was what people waited for.
std::string machine(const Record& seen, const Options& o, const Figures& f) {
  constexpr double kQuickMillis = 1'000;
  const auto faster = fixed(1 / o.scale);
  const auto as_much = fixed(static_cast<double>(o.capacity) / o.scale);
  const auto door = " In the rush at the door, signing up and joining took up to " +
                    fixed(f.door.p99 / 1e3, 1) + " s for 99 of 100.";
  if (f.beyond.p99 < kQuickMillis && seen.refused_busy == 0 && seen.no_answer == 0) {
    return "This machine: life went " + faster + " times as fast as in life, so the hall for " +
           std::to_string(o.capacity) + " was as much work as one for " + as_much +
           " will be. Once in line, 99 of 100 answers came within " + fixed(f.beyond.p99) +
           " ms: up to there, capacity is a question of the sale, not of the machine." + door;
  }
  return "This machine: it was at its limit. Once in line, 99 of 100 answers came within " +
         fixed(f.beyond.p99) + " ms, " + std::to_string(seen.refused_busy) +
         " requests were told to come back later and " + std::to_string(seen.no_answer) +
         " got no answer. Life went " + faster +
         " times as fast as in life; rehearse again with a larger --think or a smaller --capacity "
         "before you rely on a hall for " +
         as_much + "." + door;
}

void advise_capacity(const Crowd& crowd, const Options& o, Figures& out) {
  if (out.selling_stays <= 0) return;
  const double stay = out.selling_stays / static_cast<double>(out.selling_stayed);
  const double rate = static_cast<double>(o.capacity) * 60 / stay;
  constexpr double kTenMinutes = 600;
  out.advice.push_back(
      "Capacity: while there were seats, people stayed inside for " + fixed(stay) +
      " s on "
      "average, those who never came included. So (Little's law: rate = capacity / stay) a "
      "hall for " +
      std::to_string(o.capacity) + " lets in " + fixed(rate) +
      " a minute; to be done "
      "with all of them in ten minutes takes a capacity of " +
      fixed(std::ceil(out.selling_stays / kTenMinutes)) +
      ". A larger one only has more of "
      "them meet at the same seats: " +
      std::to_string(crowd.seen().seat_taken) + " times here.");
  out.advice.push_back(machine(crowd.seen(), o, out));
}

void advise_ghosts(const Options& o, Figures& out) {
  if (out.admitted == 0 || out.ghosts == 0) return;
  const double share = 100.0 * static_cast<double>(out.ghosts) / static_cast<double>(out.admitted);
  out.advice.push_back("Ghosts: " + std::to_string(out.ghosts) + " of " +
                       std::to_string(out.admitted) + " who were let in (" + fixed(share, 1) +
                       " %) never came or never finished. Each kept a "
                       "place until the claim (" +
                       std::to_string(o.claim_seconds) +
                       " s) or the visit ran out; "
                       "a shorter claim gives their room away sooner.");
}

}  // namespace

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::min(sorted.size() - 1, rank == 0 ? 0 : rank - 1)];
}

Figures figures_of(const Crowd& crowd, const Options& options,
                   const std::vector<rehearsal::Place>& places) {
  Figures out;
  const auto& seen = crowd.seen();
  out.seconds = crowd.seconds();
  out.waits = seen.waits;
  out.visits = seen.visits;
  std::sort(out.waits.begin(), out.waits.end());
  std::sort(out.visits.begin(), out.visits.end());
  read_latencies(seen, out);
  read_places(places, crowd, options, out);
  read_samples(seen, out);
  add_halls(options, seen.samples.empty() ? 0 : seen.samples.back().sold, out);
  advise_capacity(crowd, options, out);
  advise_visit(options, out);
  advise_ghosts(options, out);
  return out;
}

}  // namespace boxoffice::rehearse
