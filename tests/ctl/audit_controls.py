"""Controls of the audit: each plants one defect in a sound world and must see it named.

An audit that finds nothing proves something only if it would have found it.
"""
import re
import unittest

import program

DATABASE = "boxoffice_audit"
ADMIT_5 = """
INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, token_expires_at, admitted_at)
VALUES (1, 5, 4, 'j-5', 'ADMITTED', NOW(6) - INTERVAL 1 MINUTE, '2099-01-01', NOW(6));
INSERT INTO visit (queue_id, number, user_id, admitted_at, ends_at) VALUES (1, 5, 4, NOW(6), '2099-01-01');
UPDATE queue SET inside = inside + 1 WHERE id = 1;
"""

# What is planted, the invariants that it breaks, and members of a row that the first one shows.
CONTROLS = {
    "a seat of no reservation": (
        "UPDATE seat SET state='HELD', reservation_id=99, hold_until='2099-01-01' WHERE number=6",
        ["seat_owner"], {"number": 6, "reservationId": 99}),
    "a seat that its reservation does not list": (
        "UPDATE seat SET state='HELD', reservation_id=3, hold_until='2099-01-01' WHERE number=6",
        ["seat_owner"], {"number": 6, "reservationId": 3}),
    "one seat for two reservations": (
        "UPDATE seat SET state='SOLD', hold_until=NULL, reservation_id=1 WHERE number=3",
        ["seat_owner", "live_hold_seats"], {"number": 3, "reservationId": 1}),
    "a seat of a cancelled reservation": (
        "UPDATE seat SET state='HELD', reservation_id=2, hold_until='2099-01-01' WHERE number=2",
        ["seat_state"], {"number": 2, "reservationStatus": "CANCELED"}),
    "a sold seat of a mere hold": (
        "UPDATE seat SET state='SOLD', hold_until=NULL WHERE number=3",
        ["seat_state", "live_hold_seats"], {"number": 3, "state": "SOLD", "reservationStatus": "HELD"}),
    "a seat held longer than its reservation": (
        "UPDATE seat SET hold_until='2099-02-02' WHERE number=4",
        ["seat_state"], {"number": 4, "reservationId": 3}),
    "a paid seat that is free": (
        "UPDATE seat SET state='FREE', reservation_id=NULL WHERE number=1",
        ["confirmed_seats"], {"reservationId": 1, "seatCount": 1, "soldSeats": 0}),
    "a held seat that is free": (
        "UPDATE seat SET state='FREE', reservation_id=NULL, hold_until=NULL WHERE number=4",
        ["live_hold_seats"], {"reservationId": 3, "seatCount": 2, "heldSeats": 1}),
    "a total that is not the seats'": (
        "UPDATE reservation SET total=total+1 WHERE id=4",
        ["reservation_total"], {"reservationId": 4, "total": 50001, "seatsTotal": 50000}),
    "a count that is not the seats'": (
        "UPDATE reservation SET seat_count=2 WHERE id=4",
        ["reservation_total"], {"reservationId": 4, "seatCount": 2, "seats": 1}),
    "a payment of another amount": (
        "UPDATE payment SET amount=amount+1 WHERE id=1",
        ["confirmed_payment", "ledger_payments"], {"reservationId": 1, "total": 50000, "amount": 50001}),
    "a payment that is gone": (
        "DELETE FROM payment WHERE id=1",
        ["confirmed_payment", "ledger_payments", "outbox_payments"], {"reservationId": 1, "paymentId": None}),
    "a refund of what goes on": (
        "UPDATE payment SET status='REFUNDED' WHERE id=1",
        ["confirmed_payment", "payment_reservation", "ledger_payments", "outbox_payments"],
        {"paymentId": 1, "paymentStatus": "REFUNDED"}),
    "a refund of what was never cancelled": (
        "UPDATE reservation SET status='EXPIRED' WHERE id=2",
        ["payment_reservation"], {"paymentId": 2, "reservationStatus": "EXPIRED"}),
    "a won from nowhere": (
        "UPDATE account SET balance=balance+1 WHERE id=1",
        ["ledger_sum", "ledger_last"], {"userId": 1, "balance": 50001, "ledgerSum": 50000}),
    "money of nobody": (
        "INSERT INTO ledger VALUES (9, 77, 'CHARGE', 5, 5, NULL, NOW(6))",
        ["ledger_sum"], {"userId": 77, "ledgerSum": 5}),
    "a last balance that is not the balance": (
        "UPDATE ledger SET balance_after=balance_after+1 WHERE id=2",
        ["ledger_last", "ledger_steps"], {"userId": 1, "ledgerId": 2, "balanceAfter": 50001}),
    "a step that does not add up": (
        "UPDATE ledger SET balance_after=balance_after+1 WHERE id=4",
        ["ledger_steps"], {"ledgerId": 4, "balanceAfter": 50001, "balanceBefore": 100000}),
    "a payment used twice": (
        "INSERT INTO ledger VALUES (9, 1, 'USE', 0, 50000, 1, NOW(6))",
        ["ledger_payments"], {"reservationId": 1, "uses": 2}),
    "a refund given twice": (
        "INSERT INTO ledger VALUES (9, 2, 'REFUND', 0, 100000, 2, NOW(6))",
        ["ledger_payments"], {"reservationId": 2, "refunds": 2}),
    "a use of nothing": (
        "INSERT INTO ledger VALUES (9, 1, 'USE', 0, 50000, NULL, NOW(6))",
        ["ledger_kinds"], {"ledgerId": 9, "kind": "USE", "reservationId": None}),
    "a miscount of those inside": (
        "UPDATE queue SET inside=3 WHERE id=1", ["queue_inside"], {"inside": 3, "visits": 2}),
    "one more than there is room for": (
        ADMIT_5 + "UPDATE ticket SET state='LEFT', ended_at=NOW(6) WHERE number=4",
        ["queue_capacity"], {"queueId": 1, "capacity": 2, "visits": 3}),
    "somebody admitted without a visit": (
        "DELETE FROM visit WHERE number=2; UPDATE queue SET inside=1 WHERE id=1",
        ["admitted_visit"], {"number": 2, "userId": 2}),
    "a visit after the place has ended": (
        "UPDATE ticket SET state='EXPIRED', ended_at=NOW(6) WHERE number=2",
        ["visit_ticket"], {"number": 2, "ticketState": "EXPIRED"}),
    "a visit of somebody else": (
        "UPDATE visit SET user_id=4 WHERE number=1", ["visit_ticket"], {"number": 1, "userId": 4}),
    "an end that is not in the state": (
        "UPDATE ticket SET ended_at=NULL WHERE number=1", ["ticket_state"], {"number": 1, "endedAt": None}),
    "somebody let in past somebody who waits": (
        "UPDATE queue SET capacity=3 WHERE id=1;" + ADMIT_5,
        ["line_prefix"], {"number": 4, "passedByNumber": 5}),
    "somebody let in before a lower number": (
        "UPDATE queue SET capacity=3 WHERE id=1;" + ADMIT_5 +
        "UPDATE ticket SET state='LEFT', ended_at=NOW(6) WHERE number=4;"
        "UPDATE ticket SET admitted_at=NOW(6) - INTERVAL 7 MINUTE WHERE number=5",
        ["line_order"], {"number": 2}),
    "two places of one user": (
        "ALTER TABLE ticket DROP KEY ticket_one_live; INSERT INTO ticket (queue_id, number, user_id, jti, "
        "joined_at, token_expires_at) VALUES (1, 5, 3, 'j-5', NOW(6), '2099-01-01')",
        ["one_place"], {"userId": 3, "places": 2}),
    "an answer without its status": (
        "UPDATE idempotency SET status=NULL", ["stored_answers"], {"userId": 1, "idempotencyKey": "key"}),
    "a payment that nobody is told of": (
        "DELETE FROM outbox WHERE id=1", ["outbox_payments"], {"reservationId": 1, "paidEvents": 0}),
    "a refund told of twice": (
        "INSERT INTO outbox (topic, payload, created_at) VALUES "
        "('reservation.refunded', '{\"reservationId\": 2}', NOW(6))",
        ["outbox_payments"], {"reservationId": 2, "refundedEvents": 2}),
}


def audit(*words, **settings):
    return program.run("audit", *words, database=DATABASE, **settings)


class AuditFinds(unittest.TestCase):
    """One method a control, made below."""

    def setUp(self):
        program.create_database(DATABASE)
        done = program.run("migrate", "--dir", program.SCHEMA, database=DATABASE)
        self.assertEqual(0, done.code, done.err)
        program.sql((program.HERE / "world.sql").read_text(), DATABASE)

    def tearDown(self):
        program.drop_database(DATABASE)

    def assert_broken(self, names, row, **settings):
        done = audit("--json", **settings)
        broken = {i["name"]: i for i in done.json["invariants"] if not i["ok"]}
        self.assertEqual(set(names), set(broken))
        self.assertEqual((1, False), (done.code, done.json["ok"]))
        self.assertTrue(any(row.items() <= shown.items() for shown in broken[names[0]]["rows"]) or
                        any(row.items() <= shown.items() for name in names for shown in broken[name]["rows"]),
                        f"{row} is not among {broken[names[0]]['rows']}")

    def assert_sound(self):
        done = audit()
        self.assertEqual(0, done.code, done.out + done.err)

    def test_nothing_in_a_sound_world(self):
        self.assert_sound()

    def test_every_invariant_has_a_control(self):
        names = {i["name"] for i in audit("--sql", "--json").json["invariants"]}
        controlled = {name for _, broken, _ in CONTROLS.values() for name in broken}
        self.assertEqual(names, controlled | {"seats_per_user"})

    def test_more_seats_than_a_user_may_have(self):
        self.assert_broken(["seats_per_user"], {"userId": 1, "liveSeats": 3}, MAX_SEATS_PER_USER="2")

    def test_text_names_the_row(self):
        program.sql("UPDATE queue SET inside=3 WHERE id=1", DATABASE)
        done = audit()
        self.assertEqual(1, done.code)
        self.assertRegex(done.out, r"(?m)^BROKEN  queue_inside: .*\n +queueId +inside +visits\n +1 +3 +2$")
        self.assertIn("1 of", done.out.splitlines()[-1])

    def test_no_more_than_twenty_rows_are_shown(self):
        program.sql("INSERT INTO account (id, uuid, name, balance) "
                    "SELECT seq, seq, seq, 1 FROM seq_101_to_130", DATABASE)
        found = next(i for i in audit("--json").json["invariants"] if i["name"] == "ledger_sum")
        self.assertEqual((20, True), (len(found["rows"]), found["more"]))
        self.assertIn("… and more", audit().out)

    def test_a_lowered_capacity_binds_only_those_who_come_after(self):
        self.assertEqual(0, program.run("queue", "set", 1, "--capacity", 1, database=DATABASE).code)
        # Setting it has also ended the visit that was over, so bring the hall above it again.
        program.sql(ADMIT_5 + "UPDATE ticket SET state='LEFT', ended_at=NOW(6) WHERE number=4;"
                    "UPDATE queue SET capacity_set_at=NOW(6) + INTERVAL 1 SECOND", DATABASE)
        self.assert_sound()
        program.sql("UPDATE queue SET capacity_set_at=NOW(6) - INTERVAL 1 MINUTE", DATABASE)
        self.assert_broken(["queue_capacity"], {"capacity": 1, "visits": 2})

    def test_a_number_that_was_committed_late_is_no_defect(self):
        program.sql("UPDATE queue SET capacity=3 WHERE id=1;" + ADMIT_5 +
                    "UPDATE ticket SET joined_at=NOW(6) - INTERVAL 1 SECOND WHERE number=4", DATABASE)
        self.assert_sound()


def control(plant, broken, row):
    def test(self):
        program.sql(plant, DATABASE)
        self.assert_broken(broken, row)
    return test


for what, (plant, broken, row) in CONTROLS.items():
    setattr(AuditFinds, "test_" + re.sub(r"\W+", "_", what), control(plant, broken, row))
