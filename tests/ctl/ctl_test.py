#!/usr/bin/env python3
"""boxofficectl against a database: what each command does, and how it says no.

Wants BOXOFFICECTL and, in DB_*, an empty database with the schema.
"""
import concurrent.futures
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from audit_controls import AuditFinds  # noqa: E402,F401  (its tests run here)
from program import SCHEMA, create_database, drop_database, run, sql  # noqa: E402

FRESH = "boxoffice_migrate"
TIMES = ["--open", "2026-01-01T10:00", "--close", "2099-01-01T10:00"]


def setUpModule():
    done = run("sample")
    assert done.code == 0 and done.out.startswith("loaded: concert 1"), done.out + done.err


class Ctl(unittest.TestCase):
    def ok(self, *words, **more):
        done = run(*words, **more)
        self.assertEqual((0, ""), (done.code, done.err), done.out)
        return done

    def json(self, *words, **more):
        return self.ok(*words, "--json", **more).json

    def no(self, code, words, *parts, **more):
        """Refused with that exit code, nothing on standard output, one line that says why."""
        done = run(*words, **more)
        self.assertEqual((code, ""), (done.code, done.out), done.err)
        first = done.err.splitlines()[0]
        for part in parts:
            self.assertIn(part, first)
        return done

    def misuse(self, words, *parts):
        done = self.no(2, words, *parts)
        self.assertRegex(done.err.splitlines()[1], "^hint: boxofficectl .*--help$")

    def concert(self, **more):
        return self.json("concert", "create", "--name", more.get("name", "A concert"), *TIMES)["concertId"]

    def session(self, starts="2098-05-01T19:00", concert=None):
        return self.json("session", "create", "--concert", concert or self.concert(), "--starts", starts)["sessionId"]


class Migrate(Ctl):
    def setUp(self):
        create_database(FRESH)
        self.folder = tempfile.TemporaryDirectory()
        self.write("001_first.sql", "-- a comment;\nCREATE TABLE one (id INT);\nINSERT INTO one\n  VALUES (1);\n")

    def tearDown(self):
        self.folder.cleanup()
        drop_database(FRESH)

    def write(self, name, text):
        (pathlib.Path(self.folder.name) / name).write_text(text)

    def migrate(self):
        return run("migrate", "--dir", self.folder.name, database=FRESH)

    def test_applies_what_is_new_once(self):
        done = self.json("migrate", "--dir", self.folder.name, database=FRESH)
        self.assertEqual({"version": 1, "applied": [{"file": "001_first.sql", "statements": 2}]}, done)
        self.write("002_second.sql", "INSERT INTO one VALUES (2);\n")
        self.assertIn("002_second.sql", self.migrate().out)
        self.assertEqual("schema is up to date: version 2\n", self.migrate().out)
        self.assertEqual([["1"], ["2"]], sql("SELECT id FROM one", FRESH))

    def test_the_real_schema_twice_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: run("migrate", "--dir", SCHEMA, "--json", database=FRESH), range(4)))
        self.assertEqual([0] * 4, [d.code for d in done], [d.err for d in done])
        self.assertEqual(1, sum(bool(d.json["applied"]) for d in done))
        self.ok("audit", database=FRESH)

    def test_a_changed_file_is_named(self):
        self.migrate()
        self.write("001_first.sql", "CREATE TABLE one (id BIGINT);\nINSERT INTO one VALUES (1);\n")
        self.no(1, ["migrate", "--dir", self.folder.name], "001_first.sql: changed after", database=FRESH)
        self.write("001_first.sql", "-- said otherwise\nCREATE TABLE one (id INT);\nINSERT INTO one\n  VALUES (1);\n")
        self.assertEqual(0, self.migrate().code)
        self.write("001_first.sql", "CREATE TABLE one (id INT);\nINSERT INTO one\nVALUES (1);\nSELECT 1;\n")
        self.no(1, ["migrate", "--dir", self.folder.name], "001_first.sql: changed after", database=FRESH)

    def test_a_failed_statement_is_named_and_taken_up_again(self):
        self.write("002_second.sql", "INSERT INTO one VALUES (2);\nINSERT INTO two VALUES (3);\n")
        done = self.no(1, ["migrate", "--dir", self.folder.name],
                       "002_second.sql: statement 2 of 2 failed", "two", database=FRESH)
        self.assertIn("INSERT INTO two VALUES (3)", done.err)
        self.write("002_second.sql", "INSERT INTO one VALUES (2);\nINSERT INTO one VALUES (3);\n")
        self.assertEqual(0, self.migrate().code)
        self.assertEqual([["1"], ["2"], ["3"]], sql("SELECT id FROM one ORDER BY id", FRESH))

    def test_a_newer_schema_is_noted(self):
        self.write("002_second.sql", "INSERT INTO one VALUES (2);\n")
        self.migrate()
        (pathlib.Path(self.folder.name) / "002_second.sql").unlink()
        self.assertIn("note: 002_second.sql was applied by a newer release", self.migrate().out)

    def test_wrong_folders(self):
        self.misuse(["migrate"], "--dir is missing")
        self.misuse(["migrate", "--dir", "/nowhere"], "/nowhere", "No such file")
        with tempfile.TemporaryDirectory() as empty:
            self.misuse(["migrate", "--dir", empty], "has no .sql files")
        self.write("notes.sql", "SELECT 1;\n")
        self.misuse(["migrate", "--dir", self.folder.name], "notes.sql: must be named")


class Sample(Ctl):
    def test_what_it_holds(self):
        sessions = self.json("session", "list", "--concert", 1)["sessions"]
        self.assertEqual([50, 50, 50], [s["seats"] for s in sessions])
        self.assertTrue(all("T19:00:00" in s["concertAt"] for s in sessions))
        self.assertEqual([["50000"], ["70000"]], sql("SELECT DISTINCT price FROM seat WHERE session_id=1"))
        self.assertEqual([["5000"]], sql("SELECT COUNT(*) FROM seat JOIN session ON id=session_id WHERE concert_id=2"))
        self.assertEqual([["1"]], sql("SELECT reservation_open_at > NOW() FROM concert WHERE id=3"))
        self.assertEqual([["1000", "1", "1000"]], sql(
            "SELECT COUNT(*), MIN(id), MAX(id) FROM account WHERE password_hash IS NULL AND name=CONCAT('user', id)"))

    def test_again_it_does_nothing(self):
        self.assertFalse(self.json("sample")["loaded"])
        self.assertTrue(self.ok("sample").out.startswith("nothing loaded"))


class Concerts(Ctl):
    def test_create_show_list(self):
        made = self.json("concert", "create", "--name", "새해 콘서트", "--artist", "A", "--place", "B", *TIMES)
        self.assertEqual(made, self.json("concert", "show", made["concertId"]))
        self.assertIn(made, self.json("concert", "list")["concerts"])
        self.assertEqual("2026-01-01T10:00:00.000000+09:00", made["reservationOpenAt"])
        self.assertIn("새해 콘서트", self.ok("concert", "list").out)

    def test_create_refuses(self):
        self.misuse(["concert", "create", *TIMES], "--name is missing")
        self.misuse(["concert", "create", "--name", "x" * 201, *TIMES], "--name", "1 to 200")
        self.misuse(["concert", "create", "--name", "a\nb", *TIMES], "control characters")
        self.misuse(["concert", "create", "--name", "x", "--open", "soon", "--close", "2099-01-01T10:00"], "soon")
        self.no(1, ["concert", "create", "--name", "x", "--open", "2099-01-01T10:00", "--close",
                    "2098-01-01T10:00"], "close after it opens")
        self.no(1, ["concert", "create", "--name", "x", *TIMES, "--queue", 99], "no queue 99")
        self.no(1, ["concert", "show", 999], "no concert 999")

    def test_sale(self):
        concert = self.concert()
        done = self.json("sale", "set", "--concert", concert, "--close", "2050-01-01T00:00:00Z")
        self.assertEqual("2050-01-01T09:00:00.000000+09:00", done["reservationCloseAt"])
        self.assertEqual("2026-01-01T10:00:00.000000+09:00", done["reservationOpenAt"])
        self.no(1, ["sale", "set", "--concert", concert, "--open", "2051-01-01T00:00"], "close after it opens")
        self.no(1, ["sale", "set", "--concert", 999, "--open", "2051-01-01T00:00"], "no concert 999")
        self.misuse(["sale", "set", "--concert", concert], "nothing to set")

    def test_another_queue(self):
        concert = self.concert()
        queue = self.json("queue", "create", "--name", "for one concert")["queueId"]
        self.assertEqual(queue, self.json("concert", "set", "--concert", concert, "--queue", queue)["queueId"])
        self.assertEqual(str(concert), self.json("queue", "show", queue)["concerts"])
        self.no(1, ["concert", "set", "--concert", concert, "--queue", 99], "no queue 99")
        self.no(1, ["concert", "set", "--concert", 999, "--queue", 1], "no concert 999")


class Sessions(Ctl):
    def test_create_and_list(self):
        concert = self.concert()
        made = self.json("session", "create", "--concert", concert, "--starts", "2098-05-01T19:00",
                         "--cancel-until", "2098-04-30T19:00")
        self.assertEqual("2098-04-30T19:00:00.000000+09:00", made["cancelUntil"])
        self.session("2098-04-01T19:00", concert)
        listed = self.json("session", "list", "--concert", concert)["sessions"]
        self.assertEqual(["2098-04-01", "2098-05-01"], [s["concertAt"][:10] for s in listed])
        self.assertEqual("no sessions\n", self.ok("session", "list", "--concert", self.concert()).out)

    def test_create_refuses(self):
        concert = self.concert()
        words = ["session", "create", "--concert", concert, "--starts", "2098-05-01T19:00"]
        self.no(1, words + ["--cancel-until", "2098-05-01T19:01"], "after the session's start")
        self.ok(*words)
        self.no(1, words, "a session at that time already")
        self.no(1, ["session", "create", "--concert", 999, "--starts", "2098-05-01T19:00"], "no concert 999")
        self.no(1, ["session", "list", "--concert", 999], "no concert 999")
        self.misuse(["session", "create", "--concert", concert], "--starts is missing")

    def test_seats(self):
        session = self.session()
        words = ["seats", "add", "--session", session, "--price", 50000]
        self.assertEqual(50, self.json(*words, "--from", 1, "--to", 50)["seats"])
        self.assertEqual(60, self.json(*words, "--from", 51, "--to", 60)["seats"])
        self.no(1, words + ["--from", 60, "--to", 70], "seat 60 exists already; nothing was added")
        self.assertEqual([["60", "60"]], sql(
            f"SELECT seat_count, (SELECT COUNT(*) FROM seat WHERE session_id=id) FROM session WHERE id={session}"))
        self.no(1, words + ["--from", 80, "--to", 70], "--to must not be below --from")
        self.no(1, ["seats", "add", "--session", 999, "--from", 1, "--to", 2, "--price", 0], "no session 999")
        self.misuse(words + ["--from", 1, "--to", 100000], "from 1 to 99999")
        self.misuse(["seats", "add", "--session", session, "--from", 1, "--to", 2, "--price", -1], "--price -1")


class Queues(Ctl):
    def test_create_gives_numbers_of_its_own(self):
        made = self.json("queue", "create", "--name", "vip", "--capacity", 3, "--claim-seconds", 4)
        queue = made["queueId"]
        self.assertEqual((3, 4, 600), (made["capacity"], made["claimSeconds"], made["visitSeconds"]))
        self.assertEqual([["1"], ["2"]], sql(f"SELECT NEXTVAL(ticket_number_{queue}); SELECT NEXTVAL(ticket_number_{queue})"))
        self.assertIn(queue, [q["queueId"] for q in self.json("queue", "list")["queues"]])
        self.no(1, ["queue", "create", "--name", "vip"], "a queue of this name already")

    def test_create_takes_up_where_one_failed(self):
        after = int(sql("SELECT MAX(id) + 1 FROM queue")[0][0])
        sql(f"CREATE SEQUENCE ticket_number_{after} START WITH 1 INCREMENT BY 1 CACHE 100")
        self.assertEqual(after, self.json("queue", "create", "--name", "second attempt")["queueId"])

    def test_created_at_once_each_has_its_own_number(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda i: run("queue", "create", "--name", f"at once {i}", "--json"), range(4)))
        self.assertEqual(4, len({d.json["queueId"] for d in made}), [d.err for d in made])

    def test_limits(self):
        queue = self.json("queue", "create", "--name", "limits")["queueId"]
        done = self.ok("queue", "set", queue, "--capacity", 5, "--visit-seconds=60")
        self.assertEqual(f"queue {queue} is open: capacity 5, 120 s to claim a visit, 60 s of visit\n", done.out)
        shown = self.json("queue", "show", queue)
        self.assertEqual((5, 120, 60), (shown["capacity"], shown["claimSeconds"], shown["visitSeconds"]))
        self.misuse(["queue", "set", queue], "nothing to set")
        self.misuse(["queue", "set", queue, "--capacity", 1000001], "from 0 to 1000000")
        self.misuse(["queue", "set", queue, "--claim-seconds", 0], "from 1 to 86400")
        for verb in (["set", 99, "--capacity", 1], ["show", 99], ["pause", 99], ["resume", 99]):
            self.no(1, ["queue", *verb], "no queue 99")

    def test_pause_and_room_take_effect_at_once(self):
        queue = self.json("queue", "create", "--name", "busy", "--capacity", 0)["queueId"]
        sql(f"INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) SELECT {queue}, "
            f"NEXTVAL(ticket_number_{queue}), seq, UUID(), NOW(6), NOW(6) + INTERVAL 1 DAY FROM seq_1_to_5")
        self.assertTrue(self.json("queue", "pause", queue)["paused"])
        self.assertEqual(0, self.json("queue", "set", queue, "--capacity", 2)["inside"])
        resumed = self.json("queue", "resume", queue)
        self.assertEqual((False, 2, 3), (resumed["paused"], resumed["inside"], resumed["waiting"]))
        raised = self.json("queue", "set", queue, "--capacity", 4)
        self.assertEqual((4, 1, 4), (raised["inside"], raised["waiting"], raised["admittedNumber"]))
        # Lowered below those inside: they stay, and the audit has nothing against it.
        self.assertEqual(4, self.json("queue", "set", queue, "--capacity", 1)["inside"])
        self.ok("audit")


class Users(Ctl):
    def test_show_by_number_and_by_name(self):
        self.assertEqual(self.json("user", "show", 7), self.json("user", "show", "user7"))
        sql("INSERT INTO account (uuid, name) VALUES (UUID(), '99999')")
        self.assertEqual("99999", self.json("user", "show", "99999")["name"])
        for verb in ("show", "reservations", "history"):
            self.no(1, ["user", verb, "nobody"], "no user nobody")

    def test_reservations_and_history(self):
        session = self.session()
        self.ok("seats", "add", "--session", session, "--from", 1, "--to", 2, "--price", 500)
        sql(f"INSERT INTO reservation (id, user_id, concert_id, session_id, seat_count, total, created_at, hold_until) "
            f"SELECT 71, 8, concert_id, id, 2, 1000, NOW(6), NOW(6) + INTERVAL 1 HOUR FROM session WHERE id={session};"
            f"INSERT INTO reservation_seat VALUES (71, 1, 500), (71, 2, 500);"
            f"UPDATE seat JOIN reservation r ON r.id=71 SET seat.state='HELD', reservation_id=71, seat.hold_until=r.hold_until "
            f"WHERE seat.session_id={session};"
            f"UPDATE account SET balance=700 WHERE id=8;"
            f"INSERT INTO ledger (user_id, kind, amount, balance_after, created_at) VALUES (8, 'CHARGE', 300, 300, NOW(6)),"
            f"(8, 'CHARGE', 400, 700, NOW(6))")
        [held] = self.json("user", "reservations", "user8")["reservations"]
        self.assertEqual((71, "TEMPORARY_RESERVED", "1,2", 1000),
                         (held["reservationId"], held["status"], held["seats"], held["totalPrice"]))
        newest, oldest = self.json("user", "history", 8)["histories"]
        self.assertEqual((400, 700, 300, None), (newest["amount"], newest["balanceAfter"], oldest["amount"],
                                                 oldest["reservationId"]))
        self.assertEqual([oldest], self.json("user", "history", 8, "--before", newest["historyId"])["histories"])
        self.assertEqual([newest], self.json("user", "history", 8, "--limit", 1)["histories"])
        self.assertEqual("no reservations\n", self.ok("user", "reservations", 9).out)
        self.assertEqual([2, 0, 0], [self.json("session", "list", "--concert", held["concertId"])["sessions"][0][k]
                                     for k in ("held", "sold", "free")])
        self.ok("audit")


class Program(Ctl):
    def test_tables_of_settings_and_errors(self):
        settings = {s["name"]: s for s in self.json("settings")["settings"]}
        self.assertEqual(("300", "1 to 86400"), (settings["HOLD_SECONDS"]["default"], settings["HOLD_SECONDS"]["allowed"]))
        self.assertIn("| HOLD_SECONDS | 300 |", self.ok("settings", "--markdown").out)
        self.assertIn("SEAT_TAKEN", [e["code"] for e in self.json("errors")["errors"]])
        self.assertRegex(self.ok("errors", "--markdown").out, r"(?m)^\| SEAT_TAKEN \| 409 \|")

    def test_help_at_each_level(self):
        everything = self.ok("--help").out
        commands = [line[2:].split("  ")[0] for line in everything.splitlines() if line.startswith("  ")
                    and not line.startswith("  boxofficectl")]
        self.assertGreater(len(commands), 20)
        for command in commands:
            with self.subTest(command):
                shown = self.ok(*command.split(), "--help").out
                self.assertTrue(shown.startswith(f"usage: boxofficectl {command}"), shown)
                self.assertIn(f"\nexample:\n  boxofficectl {command}", shown)
        self.assertIn("queue resume", self.ok("queue", "--help").out)

    def test_wrong_use(self):
        self.misuse(["frobnicate"], "unknown command frobnicate")
        self.misuse(["queue"], "which command?")
        self.misuse(["queue", "dance"], "unknown command queue dance")
        self.misuse(["queue", "set", 1, "--nope", 1], "unknown option --nope")
        self.misuse(["queue", "set", 1, "--capacity"], "--capacity needs a value")
        self.misuse(["queue", "set", 1, "--capacity", "--visit-seconds", 9], "--capacity needs a value")
        self.misuse(["queue", "set", 1, "--capacity", 1, "--capacity", 2], "given twice")
        self.misuse(["queue", "set", "one", "--capacity", 1], "QUEUE one: must be a whole number")
        self.misuse(["queue", "show", 1, 2], "unexpected argument 2")
        self.misuse(["queue", "show", "1e3"], "must be a whole number")
        self.misuse(["audit", "--sql=yes"], "takes no value")
        self.misuse(["user", "show", "\udcff"], "must be UTF-8")
        self.assertEqual(2, run().code)

    def test_complaints_as_json(self):
        done = run("queue", "show", 99, "--json")
        self.assertEqual((1, ""), (done.code, done.out))
        self.assertEqual('{"error":{"code":"INVALID_FIELD","message":"queue: there is no queue 99"}}\n', done.err)

    def test_the_database_is_away(self):
        for words in (["queue", "list"], ["audit"], ["migrate", "--dir", SCHEMA], ["sample"]):
            done = self.no(3, words, "the database is away (/nowhere.sock, ", DB_SOCKET="/nowhere.sock")
            self.assertIn("hint: ", done.err)
        self.no(3, ["queue", "list"], "the database is away", DB_NAME="boxoffice_no_such")

    def test_wrong_settings(self):
        self.no(2, ["queue", "list"], "HOLD_SECONDS=0: must be", HOLD_SECONDS="0")
        self.no(2, ["queue", "list"], "TIME_ZONE=Mars/Olympus: no such zone", TIME_ZONE="Mars/Olympus")

    def test_an_old_schema_says_what_to_do(self):
        create_database(FRESH)
        self.addCleanup(drop_database, FRESH)
        self.assertIn("hint: the schema is older", self.no(1, ["queue", "list"], "queue", database=FRESH).err)


if __name__ == "__main__":
    unittest.main()
