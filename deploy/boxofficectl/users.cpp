// user …: what one user has. Only looked at; nothing here changes anything.

#include <charconv>

#include "account/service.h"
#include "booking/store.h"
#include "command.h"
#include "queue/service.h"
#include "wallet/service.h"

namespace boxoffice::ctl {
namespace {

// By number, or by name; a number that nobody has may still be somebody's name.
Result<account::User> find(Context& context) {
  const auto who = *context.arguments.text("USER");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(who.data(), who.data() + who.size(), number);
  std::optional<account::User> user;
  if (error == std::errc{} && end == who.data() + who.size()) {
    user = account::find(context.connection(), UserId{number});
  }
  if (!user) user = account::find_by_name(context.connection(), who);
  if (!user) return refuse(ErrorCode::USER_NOT_FOUND).saying("there is no user " + who, {});
  return std::move(*user);
}

std::int64_t limit(const Context& context) {
  constexpr std::int64_t kRows = 50;
  return context.arguments.number("--limit").value_or(kRows);
}
std::int64_t before(const Context& context) {
  return context.arguments.number("--before").value_or(INT64_MAX);
}

// Their places in line, one a queue.
std::string places(db::Connection& connection, UserId user) {
  std::string out;
  for (const auto queue : queue::load_queue_ids(connection)) {
    const auto live = queue::load_live_ticket(connection, queue, user);
    if (!live) continue;
    out += (out.empty() ? "" : ", ") + std::string("queue ") + std::to_string(queue.value) +
           " number " + std::to_string(live->ticket.key.number.value) + " " + live->ticket.state;
  }
  return out;
}

Result<Answer> show_user(Context& context) {
  TRY(const auto user, find(context));
  TRY(const auto balance, wallet::balance(context.connection(), user.id));
  return one("", {{"userId", user.id.value},
                  {"uuid", user.uuid},
                  {"name", user.name},
                  {"hasPassword", user.password_hash.has_value()},
                  {"balance", balance.value},
                  {"places", places(context.connection(), user.id)}});
}

Result<Answer> reservations(Context& context) {
  TRY(const auto user, find(context));
  auto answer = rows("reservations", {"reservationId", "status", "concertId", "sessionId", "concertAt",
                                      "seats", "totalPrice", "createdAt", "expiresAt", "paidAt"});
  for (const auto& r :
       booking::load_of_user(context.connection(), user.id, before(context), limit(context))) {
    std::string seats;
    for (const auto& seat : r.seats) {
      seats += (seats.empty() ? "" : ",") + std::to_string(seat.number.value);
    }
    answer.table.rows.push_back({r.record.id.value, booking::name_of(r.status), r.record.concert.value,
                                 r.record.session.value, r.starts_at, seats, r.record.total.value,
                                 r.record.created_at, r.record.hold_until, cell_of(r.paid_at)});
  }
  return answer;
}

Result<Answer> history(Context& context) {
  TRY(const auto user, find(context));
  TRY(const auto entries,
      wallet::history(context.connection(), user.id, before(context), limit(context)));
  auto answer = rows("histories", {"historyId", "at", "state", "amount", "balanceAfter", "reservationId"});
  for (const auto& e : entries) {
    answer.table.rows.push_back({e.id.value, e.at, e.state, e.amount.value, e.balance_after.value,
                                 cell_of(e.reservation)});
  }
  return answer;
}

}  // namespace

Commands user_commands() {
  const Parameter who{"USER", "", "a user's number or name", Kind::text, true, 1, account::kNameMax};
  const Parameter rows_max{"--limit", "N", "how many rows (50)", Kind::number, false, 1, 1000};
  const Parameter older{"--before", "ID", "only older ones than this", Kind::number};
  return {
      {"user show", "Shows a user: balance, and where they stand in line", {who}, "user show user7",
       show_user},
      {"user reservations", "Lists a user's reservations, newest first", {who, rows_max, older},
       "user reservations 7 --limit 10", reservations},
      {"user history", "Lists what changed a user's balance, newest first", {who, rows_max, older},
       "user history user7", history},
  };
}

}  // namespace boxoffice::ctl
