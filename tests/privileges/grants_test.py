#!/usr/bin/env python3
"""Each function's and job's database account may do what its statements need, and nothing else.

Every operation is asked so that it does all that it can do, while the server notes what is prepared and
for whom. Then each grant is taken away alone, and a statement of that account's own must be refused.
That nothing is missing, every suite says that runs on a stack: with_stack fails where an account was
refused something.
"""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/privileges")]
import accounts  # noqa: E402
import client  # noqa: E402
import contract  # noqa: E402
import database  # noqa: E402
import samples  # noqa: E402
import stage  # noqa: E402

# The operator's, or nobody's: none of it is for a function.
FOR_NO_FUNCTION = [
    "DROP TABLE outbox", "TRUNCATE TABLE outbox", "CREATE TABLE mine (id INT)", "ALTER TABLE account ADD mine INT",
    "CREATE SEQUENCE mine", "SELECT NEXTVAL(ticket_number_1)", "SELECT SETVAL(ticket_number_1, 1)",
    "DROP SEQUENCE ticket_number_1", "DROP PROCEDURE hold_take", "CREATE PROCEDURE mine() SELECT 1",
    "UPDATE ledger SET amount = 0", "DELETE FROM ledger", "DELETE FROM account", "DELETE FROM payment",
    "UPDATE concert SET queue_id = 1", "INSERT INTO payment (reservation_id) VALUES (1)",
    "INSERT INTO queue (name) VALUES ('mine')", "LOCK TABLES outbox WRITE", "SELECT * FROM mysql.global_priv",
    "GRANT SELECT ON outbox TO `v1-concert-list`@localhost", "SET GLOBAL max_connections = 1",
    "SELECT * FROM schema_migration"]


def waiting_beside(concert):
    """Somebody inside, in a line for one, and somebody who waits."""
    database.sql("UPDATE queue SET capacity = 1 WHERE id = %s", concert.queue)
    inside, waiting = stage.buyer(concert), stage.User()
    waiting.join(concert)
    return inside, waiting


def ask_as_it_should_be(operation):
    """Twice, with a key and without: done, answered again, and refused in the end."""
    request = samples.make(operation)
    if operation.id in ("paymentCreate", "pay"):
        # The first call of the visit, and so the one that claims it.
        database.sql("UPDATE visit SET claimed_at = NULL WHERE queue_id = %s", request.concert.queue)
    if operation.id == "reservationList":
        request.user.join(concert := stage.Concert())
        request.user.must_hold(concert, 1)
    if operation.id == "reservationCancel":
        request.user.charge(1000)
        request.user.must_pay(request.reservation)
    key = stage.unique("key")
    for options in ({"key": key}, {"key": key}, {}):
        request.send(**options)
    if operation.path.endswith("/charge"):
        database.sql("UPDATE account SET balance = 1000000000 WHERE id = %s", request.user.id)
        request.send()


def ask_as_the_next_in_line(operation):
    """The caller waits, the place is free, and its last visit has run out: whoever asks moves the line."""
    concert = stage.Concert(queue=stage.line())
    inside, waiting = waiting_beside(concert)
    gone, after = stage.User(), stage.User()
    gone.join(concert)
    client.delete("/api/v1/waiting-queues", token=gone.token)
    after.join(concert)
    stage.end_visit(inside)
    if operation.gate != "none":
        samples.make(operation).send(credential=waiting.token)
    else:  # joining
        user = stage.User()
        body = {"username": user.name} if operation.id == "getToken" else {"userId": user.id}
        client.call(operation.method, operation.path, {**body, "concertId": concert.id}, access=user.access)


def book_a_date_that_means_several():
    concert = stage.Concert(sessions=((41, "14:00"), (41, "19:30")))
    user = stage.buyer(concert)
    for when in (concert.session.date, "2031-01-01"):
        client.post(f"/api/booking/{concert.id}/seat", token=user.token, body={
            "concertAt": when, "reservationAmount": 1000, "seatNumbers": ["1"]})


def run_the_jobs():
    concert = stage.Concert(queue=stage.line())
    buyer = stage.buyer(concert)
    stage.lapse_hold(buyer.must_hold(concert, 1, 2))
    database.sql("UPDATE queue SET capacity = 1 WHERE id = %s", concert.queue)
    stage.User().join(concert)
    stage.end_visit(buyer)
    for job in ("job-expire", "job-advance", "job-cleanup"):
        accounts.run_job(job)


class Grants(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with accounts.Watch() as watch:
            for operation in contract.OPERATIONS:
                ask_as_it_should_be(operation)
                if operation.gate != "none" or operation.id in ("getToken", "queueJoin"):
                    ask_as_the_next_in_line(operation)
            client.get("/api/v1/waiting-queues/progress?concertId=1")
            book_a_date_that_means_several()
            run_the_jobs()
        cls.statements = watch.statements

    def test_every_account_has_what_its_declaration_says_and_no_more(self):
        self.assertEqual(accounts.declared(), {name: accounts.present(name) for name in accounts.names()})

    def test_every_program_uses_its_own_account(self):
        expected = {name for name, grants in accounts.declared().items() if grants}
        self.assertEqual(expected | {"ops-healthz"}, set(accounts.names()))
        self.assertEqual(expected, set(self.statements))

    def test_no_account_was_refused_what_its_statements_need(self):
        self.assertEqual({}, {name: refused for name, asked in self.statements.items()
                              if (refused := accounts.refused(name, asked))})

    def test_each_grant_taken_away_alone_is_missed(self):
        self.assertEqual({}, {name: idle for name in accounts.names()
                              if (idle := accounts.superfluous(name, self.statements.get(name, [])))})
        declared = accounts.declared().values()
        print(f"grants: {sum(map(len, declared))} of {len(declared)} accounts, none too many")

    def test_no_table_can_be_read_or_changed_but_those_declared(self):
        tables = accounts.admin("SELECT table_name, MIN(column_name) FROM information_schema.columns "
                                f"WHERE table_schema = '{accounts.DATABASE}' GROUP BY table_name")
        verbs = {"SELECT": "SELECT 1 FROM {0}", "INSERT": "INSERT INTO {0} VALUES ()",
                 "UPDATE": "UPDATE {0} SET {1} = 0 WHERE 1 = 0", "DELETE": "DELETE FROM {0} WHERE 1 = 0"}
        statements = {text.format(*table): (verb, table[0]) for table in tables for verb, text in verbs.items()}
        for name, declared in accounts.declared().items():
            refused = {statements[text] for text in accounts.refused(name, list(statements))}
            allowed = set(statements.values()) - refused
            self.assertEqual({grant for grant in declared if grant[0] != "EXECUTE"}, allowed, name)

    def test_what_is_for_no_function_is_refused_to_every_one(self):
        for name in accounts.names():
            allowed = set(FOR_NO_FUNCTION) - set(accounts.refused(name, FOR_NO_FUNCTION))
            self.assertEqual(set(), allowed, name)

    def test_a_grant_too_many_and_one_too_few_are_seen(self):
        """The control."""
        for name, extra in (("v1-point-balance", ("SELECT", "ledger")), ("job-expire", ("DELETE", "seat")),
                            ("v1-queue-join", ("EXECUTE", "pay_settle"))):
            accounts.change("GRANT", name, extra)
            self.assertEqual({extra}, accounts.superfluous(name, self.statements[name]))
            self.assertEqual({extra}, accounts.present(name) - accounts.declared()[name])
            accounts.change("REVOKE", name, extra)
            missing = sorted(accounts.declared()[name])[-1]
            accounts.change("REVOKE", name, missing)
            self.assertNotEqual([], accounts.refused(name, self.statements[name]))
            accounts.change("GRANT", name, missing)


if __name__ == "__main__":
    unittest.main()
