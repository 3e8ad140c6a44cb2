#include "queue/store.h"

#include <algorithm>
#include <array>

namespace boxoffice::queue {
namespace {

// Indexes are named where the optimizer has two ways to the same rows. Its guess changes with the
// statistics of the hour, and the other way goes past everybody who was ever in the line, or waits
// for the locks of everybody who is inside.

// The columns of a Snapshot, in the order in which to_snapshot reads them.
#define SNAPSHOT_COLUMNS                                                                       \
  "NOW(6), q.id, q.served_no, q.capacity, q.inside, q.claim_seconds, q.visit_seconds, "        \
  "q.paused, q.rate_per_minute, q.measured_from, q.measured_at, q.departures, "                \
  "(SELECT w.number FROM ticket w FORCE INDEX (ticket_line) WHERE w.queue_id = q.id "          \
  " AND w.state = 'WAITING' ORDER BY w.number LIMIT 1), "                                      \
  "(SELECT e.ends_at FROM visit e FORCE INDEX (visit_ends) WHERE e.queue_id = q.id "           \
  " ORDER BY e.ends_at LIMIT 1)"
#define TICKET_COLUMNS                                                                         \
  "t.queue_id, t.number, t.user_id, t.jti, t.state, t.joined_at, t.token_expires_at, "         \
  "t.admitted_at"

constexpr std::size_t kSnapshotColumns = 14;
constexpr std::size_t kTicketColumns = 8;

constexpr auto kSnapshot = "SELECT " SNAPSHOT_COLUMNS " FROM queue q WHERE q.id = ?";
constexpr auto kLockIfFree =
    "SELECT " SNAPSHOT_COLUMNS " FROM queue q WHERE q.id = ? FOR UPDATE SKIP LOCKED";
constexpr auto kLock = "SELECT id FROM queue WHERE id = ? FOR UPDATE";
constexpr auto kPlace =
    "SELECT " SNAPSHOT_COLUMNS ", " TICKET_COLUMNS ", v.claimed_at IS NOT NULL, v.ends_at "
    "FROM ticket t JOIN queue q ON q.id = t.queue_id "
    "LEFT JOIN visit v ON v.queue_id = t.queue_id AND v.number = t.number "
    "WHERE t.queue_id = ? AND t.number = ?";
// One definition of the time at which a token is as good as over.
#define TOKEN_IS_OVER "token_expires_at < NOW(6) + INTERVAL 1 SECOND"
constexpr auto kLiveTicket =
    "SELECT " TICKET_COLUMNS ", t." TOKEN_IS_OVER " FROM ticket t "
    "WHERE t.queue_id = ? AND t.user_id = ? AND t.live = 1";
constexpr auto kLastNumber =
    "SELECT number FROM ticket FORCE INDEX (PRIMARY) "
    "WHERE queue_id = ? ORDER BY number DESC LIMIT 1";
constexpr auto kQueueIds = "SELECT id FROM queue ORDER BY id";
constexpr auto kQueueOf = "SELECT queue_id FROM concert WHERE id = ?";
constexpr auto kDepartures =
    "SELECT d.number FROM departure d "
    "WHERE d.queue_id = ? AND d.version > ? AND d.number > ?";

constexpr auto kJoinFirst = "CALL join_first(?, ?, ?, ?, ?, ?, ?)";
constexpr auto kJoinKnown = "CALL join_known(?, ?, ?, ?, ?)";
constexpr auto kRenewToken =
    "UPDATE ticket SET jti = ?, token_expires_at = NOW(6) + INTERVAL ? SECOND "
    "WHERE queue_id = ? AND number = ? AND live = 1 AND " TOKEN_IS_OVER;

// Ended visits: locked first, so that a claim under way cannot slip between the two changes. The
// user is asked for so that not all is in the index: only then does the index entry of the visit
// that ends next say that it is not meant, and its row, which a hold may have, is not waited for.
constexpr auto kLockEnded =
    "SELECT number, user_id FROM visit FORCE INDEX (visit_ends) "
    "WHERE queue_id = ? AND ends_at <= ? ORDER BY ends_at LIMIT ? FOR UPDATE";
constexpr auto kLockIfEnded =
    "SELECT number FROM visit WHERE queue_id = ? AND number = ? AND ends_at <= ? FOR UPDATE";

// Not a locking read: it must neither wait for a ticket whose commit is under way nor skip one
// that is there. A number that commits late is simply the next one.
constexpr auto kFirstWaiting =
    "SELECT number FROM ticket FORCE INDEX (ticket_line) "
    "WHERE queue_id = ? AND state = 'WAITING' ORDER BY number LIMIT ?";
constexpr auto kSaveAdvance =
    "UPDATE queue SET inside = ?, served_no = ?, admitted_no = GREATEST(admitted_no, ?), "
    "rate_per_minute = ?, measured_from = ?, measured_at = ? WHERE id = ?";

constexpr auto kLeave =
    "UPDATE ticket SET state = 'LEFT', ended_at = NOW(6) "
    "WHERE queue_id = ? AND number = ? AND state = ?";
constexpr auto kCountDeparture = "UPDATE queue SET departures = departures + 1 WHERE id = ?";
constexpr auto kWriteDeparture =
    "INSERT INTO departure (queue_id, version, number) "
    "SELECT id, departures, ? FROM queue WHERE id = ?";
constexpr auto kServed = "SELECT served_no FROM queue WHERE id = ?";
constexpr auto kForgetDepartures =
    "DELETE FROM departure WHERE queue_id = ? AND number <= ? ORDER BY version LIMIT ?";
constexpr auto kEndVisit =
    "UPDATE visit SET ends_at = LEAST(ends_at, NOW(6)) WHERE queue_id = ? AND number = ?";
constexpr auto kClaim =
    "UPDATE visit SET claimed_at = NOW(6), "
    "ends_at = GREATEST(ends_at, admitted_at + INTERVAL ? SECOND) "
    "WHERE queue_id = ? AND number = ? AND claimed_at IS NULL AND ends_at > NOW(6)";
constexpr auto kLockVisit =
    "SELECT number FROM visit WHERE queue_id = ? AND number = ? FOR UPDATE";
constexpr auto kVisitEnd = "SELECT ends_at FROM visit WHERE queue_id = ? AND number = ?";

std::optional<TicketNumber> maybe_number(const db::Row& row, std::size_t i) {
  if (row.null(i)) return {};
  return row.id<TicketNumber>(i);
}

Snapshot to_snapshot(const db::Row& r) {
  Snapshot s{};
  s.now = r.instant(0);
  s.id = r.id<QueueId>(1);
  s.served = r.id<TicketNumber>(2);
  s.capacity = r.integer(3);
  s.inside = r.integer(4);
  s.claim_seconds = r.integer(5);
  s.visit_seconds = r.integer(6);
  s.paused = r.flag(7);
  s.rate = {r.real(8), r.maybe_instant(9), r.maybe_instant(10)};
  s.departures = r.integer(11);
  s.first_waiting = maybe_number(r, 12);
  s.first_visit_end = r.maybe_instant(13);
  return s;
}

Ticket to_ticket(const db::Row& r, std::size_t first) {
  return {{r.id<QueueId>(first), r.id<TicketNumber>(first + 1)},
          r.id<UserId>(first + 2),
          r.text(first + 3),
          r.text(first + 4),
          r.instant(first + 5),
          r.instant(first + 6),
          r.maybe_instant(first + 7)};
}

// Lists of numbers are worked off in lots of one size, the last one filled up with its last
// number, so that a connection prepares one statement and not one a size.
constexpr std::size_t kLot = 64;
std::string in_lot(std::string head) {
  head += " IN (?";
  for (std::size_t i = 1; i < kLot; ++i) head += ",?";
  return head + ")";
}
template <class Each>
void for_each_lot(const std::vector<TicketNumber>& numbers, const Each& each) {
  for (std::size_t first = 0; first < numbers.size(); first += kLot) {
    std::vector<TicketNumber> lot;
    for (std::size_t i = first; i < first + kLot; ++i) {
      lot.push_back(numbers[std::min(i, numbers.size() - 1)]);
    }
    each(lot);
  }
}
void change_lot(db::Tx& tx, const std::string& sql, std::vector<db::Value> parameters,
                const std::vector<TicketNumber>& lot) {
  for (const auto number : lot) parameters.emplace_back(number.value);
  tx->change_list(sql, std::move(parameters));
}
const std::string kAdmitTickets = in_lot(
    "UPDATE ticket SET state = 'ADMITTED', admitted_at = ? "
    "WHERE queue_id = ? AND state = 'WAITING' AND number");
const std::string kOpenVisits = in_lot(
    "INSERT INTO visit (queue_id, number, user_id, admitted_at, ends_at) "
    "SELECT queue_id, number, user_id, admitted_at, ? FROM ticket WHERE queue_id = ? AND number");
const std::string kExpireTickets = in_lot(
    "UPDATE ticket t SET t.state = 'EXPIRED', t.ended_at = (SELECT v.ends_at FROM visit v "
    " WHERE v.queue_id = t.queue_id AND v.number = t.number) "
    "WHERE t.queue_id = ? AND t.state = 'ADMITTED' AND t.number");
// A list to be joined in that order, because an IN on a small table is answered by reading, and
// locking, all of it.
constexpr auto kRemoveVisits =
    "DELETE v FROM JSON_TABLE(?, '$[*]' COLUMNS (number BIGINT PATH '$')) l "
    "STRAIGHT_JOIN visit v FORCE INDEX (PRIMARY) ON v.queue_id = ? AND v.number = l.number";

std::vector<TicketNumber> to_numbers(const db::Rows& rows) {
  std::vector<TicketNumber> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(row.id<TicketNumber>(0));
  return out;
}

}  // namespace

std::optional<Snapshot> load_snapshot(db::Connection& connection, QueueId queue) {
  const auto row = connection.row(kSnapshot, queue);
  if (!row) return {};
  return to_snapshot(*row);
}

std::optional<Place> load_place(db::Connection& connection, TicketKey key) {
  const auto row = connection.row(kPlace, key.queue, key.number);
  if (!row) return {};
  constexpr auto kVisit = kSnapshotColumns + kTicketColumns;
  return Place{row->instant(0), to_ticket(*row, kSnapshotColumns), row->flag(kVisit),
               row->maybe_instant(kVisit + 1), to_snapshot(*row)};
}

std::optional<LiveTicket> load_live_ticket(db::Connection& connection, QueueId queue, UserId user) {
  const auto row = connection.row(kLiveTicket, queue, user);
  if (!row) return {};
  return LiveTicket{to_ticket(*row, 0), row->flag(kTicketColumns)};
}

std::optional<TicketNumber> load_last_number(db::Connection& connection, QueueId queue) {
  const auto row = connection.row(kLastNumber, queue);
  if (!row) return {};
  return row->id<TicketNumber>(0);
}

std::vector<QueueId> load_queue_ids(db::Connection& connection) {
  std::vector<QueueId> out;
  for (const auto& row : connection.query(kQueueIds)) out.push_back(row.id<QueueId>(0));
  return out;
}

std::optional<QueueId> load_queue_of(db::Connection& connection, ConcertId concert) {
  const auto row = connection.row(kQueueOf, concert);
  if (!row) return {};
  return row->id<QueueId>(0);
}

std::vector<TicketNumber> load_departures(db::Connection& connection, QueueId queue,
                                          std::int64_t after_version, TicketNumber served) {
  auto out = to_numbers(connection.query(kDepartures, queue, after_version, served));
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<Ticket> insert_ticket(db::Tx& tx, const NewTicket& wanted) {
  try {
    const auto sets = tx->call(kJoinKnown, tx.opens(), wanted.queue, wanted.user, wanted.token_id,
                               wanted.token_seconds);
    return to_ticket(sets[0].front(), 0);
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return {};
    throw;
  }
}

std::optional<Ticket> insert_user_and_ticket(db::Tx& tx, const NewUser& user,
                                             const NewTicket& wanted) {
  try {
    const auto sets = tx->call(kJoinFirst, tx.opens(), user.uuid, user.name, user.password_hash,
                               wanted.queue, wanted.token_id, wanted.token_seconds);
    return to_ticket(sets[0].front(), 0);
  } catch (const db::Fault& fault) {
    if (fault.kind() == db::FaultKind::duplicate) return {};
    throw;
  }
}

void renew_token_if_over(db::Tx& tx, TicketKey key, const std::string& token_id,
                         std::int64_t token_seconds) {
  tx->change(kRenewToken, token_id, token_seconds, key.queue, key.number);
}

std::optional<Snapshot> lock_if_free(db::Tx& tx, QueueId queue) {
  const auto row = tx->row(kLockIfFree, queue);
  if (!row) return {};
  return to_snapshot(*row);
}

void lock(db::Tx& tx, QueueId queue) { tx->query(kLock, queue); }

namespace {
// REQUIRES: these visits are locked.
std::int64_t remove_visits(db::Tx& tx, QueueId queue, const std::vector<TicketNumber>& ended) {
  if (ended.empty()) return 0;
  for_each_lot(ended, [&](const std::vector<TicketNumber>& lot) {
    change_lot(tx, kExpireTickets, {queue.value}, lot);
  });
  std::string list;
  for (const auto number : ended) list += (list.empty() ? "[" : ",") + std::to_string(number.value);
  return tx->change(kRemoveVisits, list + "]", queue);
}
}  // namespace

std::int64_t remove_ended_visits(db::Tx& tx, QueueId queue, Instant now, std::int64_t limit) {
  return remove_visits(tx, queue, to_numbers(tx->query(kLockEnded, queue, now, limit)));
}

bool remove_visit_if_ended(db::Tx& tx, TicketKey key, Instant now) {
  return remove_visits(tx, key.queue, to_numbers(tx->query(kLockIfEnded, key.queue, key.number, now))) == 1;
}

std::vector<TicketNumber> load_first_waiting(db::Tx& tx, QueueId queue, std::int64_t limit) {
  return to_numbers(tx->query(kFirstWaiting, queue, limit));
}

void admit(db::Tx& tx, const Snapshot& queue, const std::vector<TicketNumber>& numbers) {
  // Unclaimed, a visit lasts only as long as the claim limit.
  const auto seconds = std::min(queue.claim_seconds, queue.visit_seconds);
  const Instant ends = queue.now.plus_seconds(seconds);
  for_each_lot(numbers, [&](const std::vector<TicketNumber>& lot) {
    change_lot(tx, kAdmitTickets, {queue.now, queue.id.value}, lot);
    change_lot(tx, kOpenVisits, {ends, queue.id.value}, lot);
  });
}

void save_advance(db::Tx& tx, const Snapshot& queue, TicketNumber admitted) {
  tx->change(kSaveAdvance, queue.inside, queue.served, admitted, queue.rate.per_minute,
             queue.rate.from, queue.rate.at, queue.id);
}

bool leave(db::Tx& tx, TicketKey key) {
  if (tx->change(kLeave, key.queue, key.number, "WAITING") == 1) {
    tx->change(kCountDeparture, key.queue);
    tx->change(kWriteDeparture, key.number, key.queue);
    return true;
  }
  lock_visit(tx, key);  // before the ticket, as a payment does
  if (tx->change(kLeave, key.queue, key.number, "ADMITTED") != 1) return false;
  tx->change(kEndVisit, key.queue, key.number);
  return true;
}

bool claim(db::Tx& tx, TicketKey key, std::int64_t visit_seconds) {
  // Locked first, so that the clock is read afterwards: NOW(6) stands still while a statement
  // waits, and a visit that was given up meanwhile would seem to last, and be revived.
  return lock_visit(tx, key) && tx->change(kClaim, visit_seconds, key.queue, key.number) == 1;
}

bool lock_visit(db::Tx& tx, TicketKey key) {
  return !tx->query(kLockVisit, key.queue, key.number).empty();
}

std::optional<Instant> load_visit_end(db::Connection& connection, TicketKey key) {
  const auto row = connection.row(kVisitEnd, key.queue, key.number);
  if (!row) return {};
  return row->instant(0);
}

TicketNumber load_served(db::Connection& connection, QueueId queue) {
  const auto row = connection.row(kServed, queue);
  return row ? row->id<TicketNumber>(0) : TicketNumber{0};
}

std::int64_t forget_departures(db::Tx& tx, QueueId queue, TicketNumber served, std::int64_t limit) {
  return tx->change(kForgetDepartures, queue, served, limit);
}

}  // namespace boxoffice::queue
