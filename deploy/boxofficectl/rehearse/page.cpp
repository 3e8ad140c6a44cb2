// The report as one HTML page.

#include <algorithm>
#include <cmath>

#include "rehearse/page_style.h"
#include "rehearse/plot.h"
#include "rehearse/report.h"
#include "rehearse/words.h"

namespace boxoffice::rehearse {
namespace {

// As exact as anybody cares for.
std::string millis(double value) { return value < 100 ? fixed(value, 1) : fixed(value); }

std::string tile(const std::string& figure, const std::string& words) {
  return "<div class='tile'><b>" + figure + "</b><span>" + words + "</span></div>\n";
}

std::string card(const char* look, const std::string& title, const std::string& words,
                 const std::string& inside) {
  return std::string("<section class='card ") + look + "'><h2>" + title + "</h2>" +
         (words.empty() ? "" : "<p class='soft'>" + words + "</p>") + inside + "</section>\n";
}

std::string key(const char* colour, const char* words) {
  return std::string("<span class='key'><i style='background:var(--") + colour + ")'></i>" + words +
         "</span>";
}

std::string head(const Told& t) {
  const bool pass = t.verdict.pass();
  const auto& o = t.options;
  std::string out =
      std::string("<header><span class='badge ") + (pass ? "pass'>PASS" : "fail'>FAIL") +
      "</span><div><h1>On-sale rehearsal: " + grouped(o.fans) + " fans for " + grouped(o.seats) +
      " seats</h1><p>" + escaped(t.when) + " · " + escaped(t.stage) + " · hall for " +
      grouped(o.capacity) + " · life played " + fixed(1 / o.scale) + "× as fast · seed " +
      std::to_string(o.seed) + "</p></div></header>\n";
  return out;
}

std::string tiles(const Told& t) {
  const auto& f = t.figures;
  const auto& seats = t.verdict.seats;
  return "<div class='tiles'>" +
         tile(grouped(seats.sold), "of " + grouped(seats.all) + " seats sold, each once") +
         tile(grouped(t.crowd.seen().errors.count),
              "errors in " + grouped(t.crowd.seen().requests) + " requests") +
         tile(grouped(t.verdict.order.inversions + t.verdict.order.overtaken),
              "out of order in " + grouped(t.verdict.order.places) + " places") +
         tile(f.sold_out_seconds > 0 ? fixed(f.sold_out_seconds) + " s" : "–",
              "until nothing was free") +
         tile(fixed(f.beyond.p99) + " ms", "99th percentile of answers once in line") +
         tile(fixed(f.peak_per_second) + " /s", "requests at the peak") + "</div>\n";
}

std::string checks(const Told& t) {
  std::string list = "<ul class='checks'>";
  for (const auto& check : t.verdict.checks) {
    list += std::string(check.ok ? "<li>" : "<li class='broken'>") + "<b>" + check.name +
            "</b> – " + escaped(check.words) + "</li>";
  }
  return card("wide", t.verdict.pass() ? "Every promise was kept" : "What went wrong", "",
              list + "</ul>");
}

// ---- over time

// Seconds, and one number of each sample.
template <class Value>
std::vector<Point> over_time(const Record& seen, Value value) {
  std::vector<Point> out;
  for (const auto& s : seen.samples) out.push_back({s.seconds, value(s)});
  return out;
}

double highest(const std::vector<Point>& points) {
  double out = 1;
  for (const auto& p : points) out = std::max(out, p.y);
  return out;
}

std::string times(const Told& t) {
  const auto& seen = t.crowd.seen();
  const auto x_max = seen.samples.empty() ? 1 : seen.samples.back().seconds;
  const auto plain = [](std::int64_t v) { return static_cast<double>(v); };
  const auto waiting = over_time(seen, [&](const Sample& s) { return plain(s.waiting); });
  const auto inside = over_time(seen, [&](const Sample& s) { return plain(s.inside); });
  const auto sold = over_time(seen, [&](const Sample& s) { return plain(s.sold); });
  const auto taken = over_time(seen, [&](const Sample& s) { return plain(s.sold + s.held); });
  std::vector<Point> rate;
  for (std::size_t i = 1; i < seen.samples.size(); ++i) {
    const double span = seen.samples[i].seconds - seen.samples[i - 1].seconds;
    if (span > 0.1)
      rate.push_back({seen.samples[i].seconds, plain(seen.samples[i].requests) / span});
  }
  const Frame frame{"seconds", x_max, 1, {}, {}};
  auto hall = frame, seats = frame, line = frame, requests = frame;
  line.y_max = highest(waiting);
  hall.y_max = std::max(highest(inside), plain(t.options.capacity));
  hall.rule = plain(t.options.capacity);
  hall.rule_label = "capacity";
  seats.y_max = std::max(highest(taken), plain(t.options.seats));
  seats.rule = plain(t.options.seats);
  seats.rule_label = "all seats";
  requests.y_max = highest(rate);
  return card("", "Waiting in line", "People with a place who have not been let in.",
              lines(line, {{"violet", waiting, true}})) +
         card("", "Inside", "Let in and not yet done; ghosts included.",
              lines(hall, {{"teal", inside, true}})) +
         card("", "Seats", key("blue", "sold") + key("amber", "held"),
              lines(seats, {{"amber", taken, true, sold}, {"blue", sold, true}})) +
         card("", "Requests per second", "All endpoints, as answered.",
              lines(requests, {{"blue", rate, true}}));
}

// ---- the line

std::string the_line(const Told& t) {
  const auto& f = t.figures;
  constexpr int kBars = 30;
  std::vector<double> marks;
  for (const double share : {0.5, 0.9, 0.99}) marks.push_back(percentile(f.waits, share));
  std::vector<Point> let_in;
  double last = 1, most = 1;
  for (const auto& one : f.let_in) {
    let_in.push_back({static_cast<double>(one.number), one.seconds});
    last = std::max(last, one.seconds);
    most = std::max(most, static_cast<double>(one.number));
  }
  const auto& o = t.verdict.order;
  const bool kept = o.inversions + o.overtaken + o.doubles == 0;
  const auto words = std::string(kept ? "Order kept: " : "Order broken: ") + grouped(o.inversions) +
                     " inversions, " + grouped(o.overtaken) +
                     " overtaken. Seconds after the first joined at which "
                     "each number was let in: a line that never falls.";
  return card("", "How long people waited",
              "Of " + grouped(static_cast<std::int64_t>(f.waits.size())) +
                  " who were let in: half within " + fixed(marks[0], 1) + " s, 90 % within " +
                  fixed(marks[1], 1) + " s, 99 % within " + fixed(marks[2], 1) + " s (dashed).",
              histogram("seconds", f.waits, kBars, marks)) +
         card("", "Who was let in when", words,
              lines({"number in line", most, last, {}, {}}, {{"violet", let_in, false}}));
}

// ---- answers

std::string answers(const Told& t) {
  std::vector<Range> rows;
  std::string table =
      "<div class='scroll'><table><tr><th>request</th><th>answers</th><th>p50</th><th>p99</th>"
      "<th>p99.9</th><th>worst</th></tr>";
  for (const auto& l : t.figures.latencies) {
    const auto i = static_cast<std::size_t>(l.endpoint);
    rows.push_back({kEndpointNames[i], l.p50, l.p99, l.p999});
    table += std::string("<tr><td>") + kEndpointRoutes[i] + "</td><td>" + grouped(l.count) +
             "</td><td>" + millis(l.p50) + "</td><td>" + millis(l.p99) + "</td><td>" +
             millis(l.p999) + "</td><td>" + millis(l.worst) + "</td></tr>";
  }
  const auto& s = t.crowd.seen();
  const auto keys = key("teal", "half are faster") + key("blue", "99 %") + key("rose", "99.9 %");
  const auto words =
      "Milliseconds, from the moment the fan wanted it. Asked again: " + grouped(s.refused_busy) +
      " × 503, " + grouped(s.refused_rate) + " × 429, " + grouped(s.no_answer) +
      " without an answer; " + grouped(s.hung_up) + " hung up on and " + grouped(s.repeated) +
      " asked twice with one key; " + grouped(s.seat_taken) + " met a taken seat and chose again.";
  return card("", "How fast it answered", keys, ranges(rows)) +
         card("", "Answers by request", words, table + "</table></div>");
}

// ---- people, advice, audit

std::string people(const Told& t) {
  const auto& outcomes = t.crowd.seen().outcomes;
  const auto most = std::max<std::int64_t>(1, *std::max_element(outcomes.begin(), outcomes.end()));
  std::string table = "<table>";
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (outcomes[i] == 0) continue;
    table += std::string("<tr><td>") + kOutcomeWords[i] + "</td><td>" + grouped(outcomes[i]) +
             "</td><td style='width:34%'><div class='meter'><i style='width:" +
             fixed(100.0 * static_cast<double>(outcomes[i]) / static_cast<double>(most), 1) +
             "%'></i></div></td></tr>";
  }
  auto words = grouped(t.figures.admitted) + " were let in, " + grouped(t.figures.ghosts) +
               " of them ghosts.";
  if (t.crowd.held_to_the_end() > 0) {
    words += " " + grouped(t.crowd.held_to_the_end()) +
             " held seats longer than the rehearsal and gave them back "
             "at its end; HOLD_SECONDS says how long a hold lasts.";
  }
  return card("", "How their evening ended", words, table + "</table>");
}

std::string advice(const Told& t) {
  std::string out;
  for (const auto& sentence : t.figures.advice) {
    const auto colon = sentence.find(':');
    const bool titled = colon != std::string::npos && colon < 20;
    out += "<p>" +
           (titled ? "<b>" + escaped(sentence.substr(0, colon + 1)) + "</b>" +
                         escaped(sentence.substr(colon + 1))
                   : escaped(sentence)) +
           "</p>";
  }
  out +=
      "<div class='scroll'><table><tr><th>capacity</th><th>let in a minute</th><th>seats sold a "
      "minute</th>"
      "<th>sold out after</th><th>line empty after</th></tr>";
  for (const auto& hall : t.figures.halls) {
    const bool own = hall.capacity == t.options.capacity;
    const auto cell = [&](const std::string& text) { return own ? "<b>" + text + "</b>" : text; };
    out += "<tr><td>" + cell(grouped(hall.capacity)) + "</td><td>" +
           cell(fixed(hall.admitted_per_minute)) + "</td><td>" +
           cell(fixed(hall.seats_per_minute)) + "</td><td>" +
           cell(fixed(hall.sold_minutes, 1) + " min") + "</td><td>" +
           cell(fixed(hall.line_minutes, 1) + " min") + "</td></tr>";
  }
  return card("", "What to choose before the day", "In seconds and minutes of real life.",
              out + "</table></div>");
}

std::string audit(const Told& t) {
  std::string list = "<ul class='checks two'>";
  for (const auto& finding : t.verdict.audit.findings) {
    list += std::string(finding.rows.empty() ? "<li>" : "<li class='broken'>") +
            escaped(finding.invariant->promise) + "</li>";
  }
  return card("wide", "Audit of the whole database",
              grouped(static_cast<std::int64_t>(t.verdict.audit.findings.size())) +
                  " invariants, " + grouped(t.verdict.audit.broken) + " broken.",
              list + "</ul>");
}

}  // namespace

std::string as_page(const Told& t) {
  const auto& o = t.options;
  const auto settings =
      "Played against " + escaped(o.base_url) + ": arrivals within " +
      std::to_string(o.arrive_seconds) + " s, visit limit " + std::to_string(o.visit_seconds) +
      " s, claim " + std::to_string(o.claim_seconds) + " s (seconds of life, times " +
      fixed(o.scale, 3) + "), " + std::to_string(o.connections) + " connections. ";
  return std::string(
             "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
             "<meta name='viewport' content='width=device-width,initial-scale=1'>"
             "<meta name='color-scheme' content='light dark'><title>") +
         (t.verdict.pass() ? "PASS" : "FAIL") + " · on-sale rehearsal</title><style>" + kPageStyle +
         "</style></head>\n<body><main>\n" + head(t) + tiles(t) + "<div class='grid'>\n" +
         checks(t) + times(t) + the_line(t) + answers(t) + advice(t) + people(t) + audit(t) +
         "</div>\n<footer>" + settings + escaped(t.removal) +
         "</footer>\n<script type='application/json' id='summary'>" +
         [&] {
           auto text = as_json(t).dump();
           // Nothing in it may end the element.
           for (auto at = text.find("</"); at != std::string::npos; at = text.find("</", at))
             text.replace(at, 2, "<\\/");
           return text;
         }() +
         "</script>\n</main></body></html>\n";
}

}  // namespace boxoffice::rehearse
