// Each statement reads its tables once, by index or in order, so that a million rows take seconds.
// @now and @seats_max are set by begin_snapshot.
#include "audit/store.h"

namespace boxoffice::audit {
namespace {

const std::vector<Invariant> kInvariants = {
    // ---- seats and reservations
    {"seat_owner", "a seat that is held or sold belongs to a reservation that lists it",
     {"sessionId", "number", "state", "reservationId"},
     "SELECT s.session_id, s.number, s.state, s.reservation_id FROM seat s "
     "LEFT JOIN reservation r ON r.id = s.reservation_id AND r.session_id = s.session_id "
     "LEFT JOIN reservation_seat l ON l.reservation_id = s.reservation_id AND l.number = s.number "
     "WHERE s.state <> 'FREE' AND (r.id IS NULL OR l.number IS NULL)"},
    {"seat_state", "sold seats belong to confirmed reservations, held ones to held ones, others to none",
     {"sessionId", "number", "state", "reservationId", "reservationStatus"},
     "SELECT s.session_id, s.number, s.state, s.reservation_id, "
     "r.status FROM seat s JOIN reservation r ON r.id = s.reservation_id "
     "WHERE s.state <> 'FREE' AND NOT ((s.state = 'SOLD' AND r.status = 'CONFIRMED') OR "
     "(s.state = 'HELD' AND r.status = 'HELD' AND s.hold_until = r.hold_until))"},
    {"confirmed_seats", "every seat of a confirmed reservation is sold to it",
     {"reservationId", "seatCount", "soldSeats"},
     "SELECT r.id, r.seat_count, COUNT(s.number) FROM reservation r "
     "LEFT JOIN reservation_seat l ON l.reservation_id = r.id "
     "LEFT JOIN seat s ON s.session_id = r.session_id AND s.number = l.number "
     " AND s.reservation_id = r.id AND s.state = 'SOLD' "
     "WHERE r.status = 'CONFIRMED' GROUP BY r.id, r.seat_count "
     "HAVING COUNT(s.number) <> r.seat_count"},
    {"live_hold_seats", "every seat of a hold that still runs is held for it",
     {"reservationId", "seatCount", "heldSeats"},
     "SELECT r.id, r.seat_count, COUNT(s.number) FROM reservation r "
     "LEFT JOIN reservation_seat l ON l.reservation_id = r.id "
     "LEFT JOIN seat s ON s.session_id = r.session_id AND s.number = l.number "
     " AND s.reservation_id = r.id AND s.state = 'HELD' "
     "WHERE r.status = 'HELD' AND r.hold_until > @now GROUP BY r.id, r.seat_count "
     "HAVING COUNT(s.number) <> r.seat_count"},
    {"reservation_total", "a reservation's total and count are those of its seats",
     {"reservationId", "total", "seatsTotal", "seatCount", "seats"},
     "SELECT r.id, r.total, COALESCE(SUM(l.price), 0), r.seat_count, COUNT(l.number) "
     "FROM reservation r LEFT JOIN reservation_seat l ON l.reservation_id = r.id "
     "GROUP BY r.id, r.total, r.seat_count "
     "HAVING r.total <> COALESCE(SUM(l.price), 0) OR r.seat_count <> COUNT(l.number)"},
    {"seats_per_user", "no user has more live seats in a concert than MAX_SEATS_PER_USER",
     {"userId", "concertId", "liveSeats"},
     "SELECT user_id, concert_id, SUM(seat_count) FROM reservation "
     "WHERE status = 'CONFIRMED' OR (status = 'HELD' AND hold_until > @now) "
     "GROUP BY user_id, concert_id HAVING SUM(seat_count) > @seats_max"},

    // ---- payments and money
    {"confirmed_payment", "a confirmed reservation has one payment, paid, of its total, by its user",
     {"reservationId", "userId", "total", "paymentId", "paymentStatus", "amount"},
     "SELECT r.id, r.user_id, r.total, p.id, p.status, p.amount FROM reservation r "
     "LEFT JOIN payment p ON p.reservation_id = r.id WHERE r.status = 'CONFIRMED' AND "
     "(p.id IS NULL OR p.status <> 'PAID' OR p.amount <> r.total OR p.user_id <> r.user_id)"},
    {"payment_reservation", "paid payments are of confirmed reservations, refunded ones of cancelled ones",
     {"paymentId", "paymentStatus", "reservationId", "reservationStatus"},
     "SELECT p.id, p.status, p.reservation_id, r.status FROM payment p "
     "LEFT JOIN reservation r ON r.id = p.reservation_id WHERE r.id IS NULL OR NOT "
     "((p.status = 'PAID' AND r.status = 'CONFIRMED') OR "
     " (p.status = 'REFUNDED' AND r.status = 'CANCELED'))"},
    {"ledger_sum", "a user's balance is the sum of their ledger, and not below zero",
     {"userId", "balance", "ledgerSum"},
     "SELECT a.id, a.balance, COALESCE(l.total, 0) FROM account a LEFT JOIN "
     "(SELECT user_id, SUM(amount) AS total FROM ledger GROUP BY user_id) l ON l.user_id = a.id "
     "WHERE a.balance <> COALESCE(l.total, 0) OR a.balance < 0 UNION ALL "
     "SELECT l.user_id, NULL, SUM(l.amount) FROM ledger l LEFT JOIN account a ON a.id = l.user_id "
     "WHERE a.id IS NULL GROUP BY l.user_id"},
    {"ledger_last", "the balance that a user's last ledger row states is their balance",
     {"userId", "balance", "ledgerId", "balanceAfter"},
     "SELECT a.id, a.balance, l.id, l.balance_after FROM "
     "(SELECT user_id, MAX(id) AS id FROM ledger GROUP BY user_id) m "
     "JOIN ledger l ON l.id = m.id JOIN account a ON a.id = m.user_id "
     "WHERE l.balance_after <> a.balance"},
    {"ledger_steps", "each ledger row's balance is the one before it plus its amount",
     {"ledgerId", "userId", "amount", "balanceAfter", "balanceBefore"},
     "SELECT id, user_id, amount, balance_after, before_it FROM (SELECT id, user_id, amount, "
     "balance_after, COALESCE(LAG(balance_after) OVER (PARTITION BY user_id ORDER BY id), 0) "
     "AS before_it FROM ledger) l WHERE balance_after <> before_it + amount"},
    {"ledger_payments", "each payment is used once and each refund given once, of the same amount and user",
     {"reservationId", "payments", "uses", "paid", "used", "refundsDue", "refunds", "refunded"},
     "SELECT reservation_id, SUM(payment), SUM(use_row), SUM(paid), SUM(used), SUM(due), "
     "SUM(refund_row), SUM(refunded) FROM "
     "(SELECT reservation_id, user_id, 1 AS payment, amount AS paid, status = 'REFUNDED' AS due, "
     " IF(status = 'REFUNDED', amount, 0) AS owed, 0 AS charge_row, 0 AS use_row, 0 AS used, "
     " 0 AS refund_row, 0 AS refunded FROM payment UNION ALL "
     " SELECT reservation_id, user_id, 0, 0, 0, 0, kind = 'CHARGE', kind = 'USE', "
     " IF(kind = 'USE', -amount, 0), kind = 'REFUND', IF(kind = 'REFUND', amount, 0) "
     " FROM ledger WHERE reservation_id IS NOT NULL) both_sides GROUP BY reservation_id "
     "HAVING SUM(payment) <> 1 OR SUM(use_row) <> 1 OR SUM(used) <> SUM(paid) "
     "OR SUM(refund_row) <> SUM(due) OR SUM(refunded) <> SUM(owed) OR SUM(charge_row) <> 0 "
     "OR MIN(user_id) <> MAX(user_id)"},
    {"ledger_kinds", "a charge names no reservation; a use or a refund names one",
     {"ledgerId", "userId", "kind", "reservationId"},
     "SELECT id, user_id, kind, reservation_id FROM ledger "
     "WHERE (kind = 'CHARGE') <> (reservation_id IS NULL)"},

    // ---- the line
    {"queue_inside", "a queue's count of those inside is the number of its visits",
     {"queueId", "inside", "visits"},
     "SELECT q.id, q.inside, COALESCE(v.visits, 0) FROM queue q LEFT JOIN "
     "(SELECT queue_id, COUNT(*) AS visits FROM visit GROUP BY queue_id) v ON v.queue_id = q.id "
     "WHERE q.inside <> COALESCE(v.visits, 0) UNION ALL "
     "SELECT v.queue_id, NULL, COUNT(*) FROM visit v LEFT JOIN queue q ON q.id = v.queue_id "
     "WHERE q.id IS NULL GROUP BY v.queue_id"},
    // Whoever was inside when the capacity was lowered may stay. But an admission fills up to the
    // capacity and no further, and from then on visits only end: where somebody who is inside was
    // let in after the last change of the capacity, it binds all who are inside.
    {"queue_capacity", "nobody was let in above the capacity",
     {"queueId", "capacity", "visits", "lastAdmittedAt", "capacitySetAt"},
     "SELECT q.id, q.capacity, v.visits, v.last_at, q.capacity_set_at FROM queue q JOIN "
     "(SELECT queue_id, COUNT(*) AS visits, MAX(admitted_at) AS last_at FROM visit "
     " GROUP BY queue_id) v ON v.queue_id = q.id WHERE v.visits > q.capacity "
     "AND (q.capacity_set_at IS NULL OR v.last_at > q.capacity_set_at)"},
    {"admitted_visit", "every admitted ticket has its visit",
     {"queueId", "number", "userId"},
     "SELECT t.queue_id, t.number, t.user_id FROM ticket t LEFT JOIN visit v "
     "ON v.queue_id = t.queue_id AND v.number = t.number AND v.user_id = t.user_id "
     "WHERE t.state = 'ADMITTED' AND v.number IS NULL"},
    {"visit_ticket", "every visit is of a ticket that was admitted, and while it lasts is admitted",
     {"queueId", "number", "userId", "endsAt", "ticketState"},
     "SELECT v.queue_id, v.number, v.user_id, v.ends_at, t.state FROM visit v "
     "LEFT JOIN ticket t ON t.queue_id = v.queue_id AND t.number = v.number "
     "WHERE t.number IS NULL OR t.user_id <> v.user_id OR t.admitted_at IS NULL "
     "OR t.state = 'WAITING' OR (v.ends_at > @now AND t.state <> 'ADMITTED')"},
    {"ticket_state", "a ticket has been admitted, and has ended, exactly as its state says",
     {"queueId", "number", "state", "admittedAt", "endedAt"},
     "SELECT queue_id, number, state, admitted_at, ended_at FROM ticket WHERE "
     "(state = 'WAITING' AND admitted_at IS NOT NULL) OR "
     "(state IN ('ADMITTED','COMPLETED','EXPIRED') AND admitted_at IS NULL) OR "
     "(state IN ('WAITING','ADMITTED')) <> (ended_at IS NULL)"},
    // A number is drawn a moment before its ticket is committed: it cannot be called before that,
    // and may then find higher numbers inside. Two seconds are far more than that moment.
    {"line_prefix", "nobody was let in past somebody who already waited with a lower number",
     {"queueId", "number", "userId", "joinedAt", "passedByNumber"},
     "SELECT w.queue_id, w.number, w.user_id, w.joined_at, "
     "(SELECT a.number FROM ticket a WHERE a.queue_id = w.queue_id AND a.number > w.number "
     " AND a.admitted_at > w.joined_at + INTERVAL 2 SECOND ORDER BY a.number LIMIT 1) AS passed_by "
     "FROM ticket w JOIN (SELECT queue_id, MAX(number) AS number FROM ticket "
     " WHERE admitted_at IS NOT NULL GROUP BY queue_id) m ON m.queue_id = w.queue_id "
     "WHERE w.state = 'WAITING' AND w.number < m.number HAVING passed_by IS NOT NULL"},
    {"line_order", "admissions follow the numbers: no number was let in before a lower one that waited",
     {"queueId", "number", "joinedAt", "admittedAt", "nextAdmittedAt"},
     "SELECT queue_id, number, joined_at, admitted_at, above FROM (SELECT queue_id, number, "
     "joined_at, admitted_at, LEAD(admitted_at) OVER (PARTITION BY queue_id ORDER BY number) AS above "
     "FROM ticket WHERE admitted_at IS NOT NULL) t "
     "WHERE above < admitted_at AND above > joined_at + INTERVAL 2 SECOND"},
    {"one_place", "nobody has two live places in one queue",
     {"queueId", "userId", "places"},
     "SELECT queue_id, user_id, COUNT(*) FROM ticket WHERE live = 1 "
     "GROUP BY queue_id, user_id HAVING COUNT(*) > 1"},

    // ---- answers and events
    {"stored_answers", "every stored answer has its status: it was committed with its deed",
     {"userId", "endpoint", "idempotencyKey", "createdAt"},
     "SELECT user_id, endpoint, idempotency_key, created_at FROM idempotency "
     "WHERE status IS NULL OR body IS NULL"},
    {"outbox_payments", "each payment is told of once, and each refund once",
     {"reservationId", "payments", "paidEvents", "refundsDue", "refundedEvents"},
     "SELECT reservation_id, SUM(payment), SUM(paid), SUM(due), SUM(refunded) FROM "
     "(SELECT reservation_id, 1 AS payment, status = 'REFUNDED' AS due, 0 AS paid, 0 AS refunded "
     " FROM payment UNION ALL "
     " SELECT CAST(JSON_VALUE(payload, '$.reservationId') AS SIGNED), 0, 0, "
     " topic = 'reservation.paid', topic = 'reservation.refunded' FROM outbox "
     " WHERE topic IN ('reservation.paid', 'reservation.refunded')) both_sides "
     "GROUP BY reservation_id HAVING SUM(payment) <> 1 OR SUM(paid) <> 1 OR SUM(refunded) <> SUM(due)"},
};

}  // namespace

const std::vector<Invariant>& invariants() { return kInvariants; }

void begin_snapshot(db::Connection& connection, std::int64_t seats_per_user_max) {
  // Room for the sums of some million rows; they are slow where they do not fit.
  // Sums are made once and joined: a later execution of a prepared statement may else make each
  // user's anew from the whole table (LATERAL DERIVED without an index).
  connection.command(
      "SET SESSION max_statement_time = 0, tx_isolation = 'REPEATABLE-READ', "
      "tmp_memory_table_size = 268435456, max_heap_table_size = 268435456, "
      "optimizer_switch = 'split_materialized=off'");
  connection.command("SET @seats_max = " + std::to_string(seats_per_user_max));
  connection.command("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  // After the snapshot, so that whatever it shows as ended has ended by @now, too.
  connection.command("SET @now = NOW(6)");
}

void end_snapshot(db::Connection& connection) { connection.command("COMMIT"); }

db::Rows load_offenders(db::Connection& connection, const Invariant& invariant,
                        std::int64_t limit) {
  return connection.query(invariant.sql + std::string(" LIMIT ?"), limit);
}

}  // namespace boxoffice::audit
