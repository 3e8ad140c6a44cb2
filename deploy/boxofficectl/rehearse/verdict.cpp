#include "rehearse/verdict.h"

#include <algorithm>
#include <map>

#include "base/ids.h"
#include "rehearse/words.h"

namespace boxoffice::rehearse {
namespace {

std::string text(std::int64_t n) { return grouped(n); }

// The first few, for people.
std::string list(const std::vector<std::int64_t>& numbers) {
  constexpr std::size_t kShown = 5;
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, numbers.size()); ++i) {
    out += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
  }
  return numbers.size() > kShown
             ? out + " and " + text(static_cast<std::int64_t>(numbers.size() - kShown)) + " more"
             : out;
}

Seats judge_seats(const Evidence& e) {
  Seats out{e.seats, e.counts.sold, e.counts.held, e.seats - e.counts.sold - e.counts.held, {}, {}};
  std::map<std::int64_t, std::int64_t> told, stored;  // whose a seat is
  for (const auto& fan : e.crowd.fans()) {
    for (const auto id : fan.seats()) {
      const auto number = SeatKey::of(id).number.value;
      if (!told.emplace(number, fan.user()).second) out.sold_twice.push_back(number);
    }
  }
  for (const auto& seat : e.sold) stored[seat.number.value] = seat.user.value;
  for (const auto& [number, user] : told) {
    const auto found = stored.find(number);
    if (found == stored.end() || found->second != user) out.disputed.push_back(number);
  }
  for (const auto& [number, user] : stored) {
    if (!told.contains(number)) out.disputed.push_back(number);
  }
  return out;
}

Money judge_money(const Evidence& e) {
  Money out;
  std::map<std::int64_t, const rehearsal::Purse*> purses;
  for (const auto& purse : e.purses) {
    purses[purse.user.value] = &purse;
    out.charged += purse.charged;
    out.used += purse.used;
    out.refunded += purse.refunded;
    out.balances += purse.balance;
  }
  for (const auto& seat : e.sold) out.price_of_sold += seat.price;
  for (const auto& fan : e.crowd.fans()) {
    const auto& told = fan.money();
    const auto found = purses.find(fan.user());
    const bool right = found == purses.end() ? told.charged == 0
                                             : found->second->charged == told.charged &&
                                                   found->second->used == told.paid &&
                                                   found->second->refunded == told.refunded &&
                                                   found->second->balance == told.balance();
    if (!right) out.wrong.push_back(fan.user());
  }
  return out;
}

Check check_errors(const Record& seen) {
  std::string words = text(seen.requests) + " answers, every one as it should be";
  if (seen.errors.count > 0) {
    words = text(seen.errors.count) + " answers that nobody should get: ";
    std::string kinds;
    for (const auto& [kind, count] : seen.errors.kinds) {
      kinds += (kinds.empty() ? "" : "; ") + text(count) + " × " + kind;
    }
    words += kinds;
  }
  return {"errors", words, seen.errors.count == 0};
}

Check check_order(const Order& o) {
  const bool ok = o.inversions == 0 && o.doubles == 0 && o.overtaken == 0;
  return {"order",
          text(o.places) + " places: " + text(o.inversions) + " inversions, " + text(o.doubles) +
              " numbers given twice, " + text(o.overtaken) + " overtaken in line",
          ok};
}

Check check_seats(const Seats& s) {
  const bool ok = s.sold_twice.empty() && s.disputed.empty() && s.held == 0;
  std::string words =
      text(s.sold) + " of " + text(s.all) + " sold, each to one fan; " + text(s.free) + " free";
  if (!ok) {
    words = text(s.sold) + " of " + text(s.all) + " sold";
    if (!s.sold_twice.empty()) words += "; sold to two fans: seats " + list(s.sold_twice);
    if (!s.disputed.empty())
      words += "; not whose fans and database say: seats " + list(s.disputed);
    if (s.held > 0) words += "; " + text(s.held) + " still held by nobody";
  }
  return {"seats", words, ok};
}

Check check_money(const Money& m) {
  const bool ok = m.wrong.empty() && m.charged - m.used + m.refunded == m.balances &&
                  m.used - m.refunded == m.price_of_sold;
  std::string words = text(m.charged) + " won charged = " + text(m.used - m.refunded) +
                      " for seats + " + text(m.balances) + " left in balances";
  if (!ok) {
    words = "charged " + text(m.charged) + ", used " + text(m.used) + ", refunded " +
            text(m.refunded) + ", in balances " + text(m.balances) + ", price of the seats sold " +
            text(m.price_of_sold) + " won";
    if (!m.wrong.empty()) words += "; not what they were told: users " + list(m.wrong);
  }
  return {"money", words, ok};
}

Check check_audit(const audit::Audit& audit) {
  const auto all = text(static_cast<std::int64_t>(audit.findings.size()));
  if (audit.broken == 0) return {"audit", "all " + all + " invariants hold", true};
  std::string names;
  for (const auto& finding : audit.findings) {
    if (!finding.rows.empty())
      names += (names.empty() ? "" : ", ") + std::string(finding.invariant->name);
  }
  return {"audit", text(audit.broken) + " of " + all + " invariants are broken: " + names, false};
}

}  // namespace

bool Verdict::pass() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.ok; });
}

std::vector<std::string> Verdict::reasons() const {
  std::vector<std::string> out;
  for (const auto& check : checks) {
    if (!check.ok) out.push_back(std::string(check.name) + ": " + check.words);
  }
  return out;
}

Verdict judge(Evidence e) {
  Verdict out;
  std::vector<History> places;
  for (const auto& fan : e.crowd.fans()) places.push_back(fan.history());
  out.order = judge_order(std::move(places), e.stale_micros);
  out.seats = judge_seats(e);
  out.money = judge_money(e);
  out.audit = std::move(e.audit);
  if (e.cut_off) out.checks.push_back({"end", "it was cut off before everybody had gone", false});
  out.checks.push_back(check_errors(e.crowd.seen()));
  out.checks.push_back(check_order(out.order));
  out.checks.push_back(check_seats(out.seats));
  out.checks.push_back(check_money(out.money));
  out.checks.push_back(check_audit(out.audit));
  return out;
}

}  // namespace boxoffice::rehearse
