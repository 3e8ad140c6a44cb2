#!/usr/bin/env python3
"""boxofficectl rehearse against a stack: small crowds, and controls in which it must fail.

A rehearsal that passes proves something only if it would have failed: one whose books are tampered
with, whose seat is given away, whose numbers are swapped on the wire, whose answer is spoilt.

Wants BOXOFFICECTL and a stack (with_stack).
"""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import PROGRAM, run, sql  # noqa: E402

BASE = os.environ["BASE_URL"]
UP = pathlib.Path(__file__).resolve().parents[2] / "deploy/up"
SMALL = ["--fans", 200, "--seats", 40, "--capacity", 50, "--think", "0.01", "--arrive-seconds", 100,
         "--claim-seconds", 4, "--visit-seconds", 300]
CHECKS = ["errors", "order", "seats", "money", "audit"]


def rehearse(*words, base=BASE):
    """What is given takes the place of what SMALL says."""
    options = dict(zip(SMALL[::2], SMALL[1::2]))
    flags = [w for w in words if w == "--keep"]
    rest = [w for w in words if w != "--keep"]
    options.update(zip(rest[::2], rest[1::2]))
    return run("rehearse", "--json", "--base-url", base, *flags, *(w for pair in options.items() for w in pair))


def left_in_database():
    """Everything that a rehearsal makes, counted."""
    tables = ["account", "ledger", "queue", "ticket", "visit", "departure", "concert", "session", "seat",
              "reservation", "reservation_seat", "payment", "idempotency", "outbox"]
    counts = sql(" UNION ALL ".join(f"SELECT '{t}', COUNT(*) FROM {t}" for t in tables))
    sequences = sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                    "AND TABLE_TYPE = 'SEQUENCE' ORDER BY 1")
    return counts, sequences


class Meddler(threading.Thread):
    """Runs a statement again and again until it has changed something."""

    def __init__(self, statement):
        super().__init__()
        self.statement, self.done, self.end = statement, False, False

    def run(self):
        while not self.end and not self.done:
            # The crowd changes the same rows: it may be told 1020 or 1213, and then tries again.
            with contextlib.suppress(AssertionError):
                self.done = sql(self.statement + "; SELECT ROW_COUNT()")[-1][0] not in ("0", "-1")
            time.sleep(0.05)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end = True
        self.join()


class Proxy(http.server.ThreadingHTTPServer):
    """Passes everything on; `spoil` may change an answer: (method, path, status, body) -> (status, body)."""
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, spoil):
        super().__init__(("127.0.0.1", 0), Passing)
        self.spoil, self.lock, self.spoilt = spoil, threading.Lock(), 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        base = urllib.parse.urlsplit(BASE)
        headers = {k: v for k, v in self.headers.items() if k not in ("Host", "Connection")}
        with contextlib.closing(http.client.HTTPConnection(base.hostname, base.port, timeout=20)) as stack:
            stack.request(self.command, self.path, body, headers)
            answer = stack.getresponse()
            status, text = answer.status, answer.read()
        with self.server.lock:
            spoilt = self.server.spoil(self.command, self.path, status, text)
            if spoilt != (status, text):
                self.server.spoilt += 1
        status, text = spoilt
        self.send_response(status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = pass_on

    def log_message(self, *_):
        pass


def proxy_until_the_end(test, spoil):
    proxy = Proxy(spoil)
    test.addCleanup(proxy.server_close)
    test.addCleanup(proxy.shutdown)
    return proxy


class Passes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before = left_in_database()
        cls.folder = tempfile.TemporaryDirectory()
        cls.report = pathlib.Path(cls.folder.name) / "report.html"
        cls.done = rehearse("--keep", "--seed", 7, "--report", cls.report)
        cls.told = cls.done.json if cls.done.out else {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def value(self, text):
        return int(sql(text)[0][0])

    def test_1_it_passes_and_says_what_it_checked(self):
        self.assertEqual(0, self.done.code, self.done.out + self.done.err)
        self.assertEqual((True, []), (self.told["ok"], self.told["reasons"]))
        self.assertEqual(CHECKS, [c["name"] for c in self.told["checks"]])
        self.assertEqual((200, 40, 7), tuple(self.told["played"][k] for k in ("fans", "seats", "seed")))
        self.assertRegex(self.done.err, r"(?m)^ +\d+ s  gone \d+/200  in line \d+  inside \d+ ")

    def test_2_the_numbers_are_the_databases(self):
        told, queue, concert = self.told, self.told["queueId"], self.told["concertId"]
        self.assertEqual(200, sum(told["outcomes"].values()))
        self.assertEqual(self.value(f"SELECT COUNT(*) FROM ticket WHERE queue_id={queue}"), told["order"]["places"])
        self.assertEqual(self.value(f"SELECT COUNT(*) FROM ticket WHERE queue_id={queue} AND admitted_at IS NOT NULL"),
                         told["line"]["admitted"])
        of_concert = f"FROM seat JOIN session e ON e.id=session_id WHERE concert_id={concert}"
        self.assertEqual(self.value(f"SELECT COUNT(*) {of_concert} AND state='SOLD'"), told["seats"]["sold"])
        self.assertGreater(told["seats"]["sold"], 30)
        self.assertEqual(40, told["seats"]["sold"] + told["seats"]["free"])
        paid = f"FROM payment p JOIN reservation r ON r.id=reservation_id WHERE concert_id={concert}"
        self.assertEqual(self.value(f"SELECT SUM(amount) {paid} AND p.status='PAID'"), told["money"]["priceOfSoldSeats"])
        self.assertEqual(self.value(f"SELECT COUNT(DISTINCT r.user_id) {paid} AND p.status='PAID'"),
                         told["outcomes"]["bought"])
        users = "FROM ledger l JOIN account a ON a.id=l.user_id WHERE a.name LIKE 'rehearsal-%'"
        self.assertEqual(self.value(f"SELECT SUM(amount) {users} AND kind='CHARGE'"), told["money"]["charged"])
        self.assertEqual(sum(l["count"] for l in told["latencies"].values()), told["traffic"]["requests"])

    def test_3_the_report_loads_nothing_and_shows_the_plots(self):
        page = self.report.read_text()
        self.assertNotRegex(page, r"""(?i)(src|href|srcset|action)\s*=|url\(|@import|<(link|iframe|object|embed)\b|fetch\(""")
        for title in ("Waiting in line", "Inside", "Seats", "Requests per second", "How long people waited",
                      "Who was let in when", "How fast it answered", "What to choose before the day",
                      "Audit of the whole database"):
            section = re.search(rf"<h2>{title}</h2>.*?</section>", page, re.S)
            self.assertIsNotNone(section, title)
            if title[:4] not in ("What", "Audi"):
                self.assertRegex(section[0], r"<svg [^>]*>.*(<path class='line|<rect class='bar'|<circle)", title)
        self.assertIn(">PASS</span>", page)
        embedded = re.search(r"<script type='application/json' id='summary'>(.*?)</script>", page, re.S)[1]
        self.assertEqual(self.told, json.loads(embedded))

    def test_4_kept_data_can_be_removed_and_leaves_nothing(self):
        self.assertNotEqual(self.before, left_in_database())
        self.assertEqual(0, run("audit").code)
        removed = run("rehearsal", "remove", "--json")
        self.assertEqual([{"queueId": self.told["queueId"], "name": self.told["name"], "users": 200}],
                         removed.json["rehearsals"], removed.err)
        self.assertEqual(self.before, left_in_database())
        self.assertEqual(0, run("audit").code)


class Fails(unittest.TestCase):
    """Each control spoils one thing, and must see that check, and no success, in the verdict."""

    def setUp(self):
        self.before = left_in_database()

    def tearDown(self):
        self.assertEqual(self.before, left_in_database(), "data stayed after a rehearsal that failed")

    def broken(self, done):
        self.assertEqual(1, done.code, done.out + done.err)
        self.assertFalse(done.json["ok"])
        self.assertTrue(done.json["reasons"])
        return {c["name"]: c["found"] for c in done.json["checks"] if not c["ok"]}

    def test_a_won_too_much(self):
        with Meddler("UPDATE account SET balance = balance + 1 WHERE name LIKE 'rehearsal-%' AND EXISTS "
                     "(SELECT 1 FROM ledger WHERE user_id = account.id) LIMIT 1") as meddler:
            done = rehearse("--seed", 7)
        self.assertTrue(meddler.done)
        broken = self.broken(done)
        self.assertIn("money", broken)
        self.assertIn("ledger_sum", broken["audit"])

    def test_a_seat_sold_twice(self):
        with Meddler("UPDATE seat s JOIN session e ON e.id = s.session_id JOIN concert c ON c.id = e.concert_id "
                     "SET s.state = 'FREE', s.reservation_id = NULL WHERE c.name LIKE 'Rehearsal %' "
                     "AND s.state = 'SOLD' AND s.number <= 3") as meddler:
            done = rehearse("--seed", 7)
        self.assertTrue(meddler.done)
        broken = self.broken(done)
        self.assertIn("confirmed_seats", broken["audit"])
        self.assertTrue(done.json["seats"]["soldTwice"] + done.json["seats"]["disputed"], broken)
        self.assertIn("seats", broken)

    def test_numbers_out_of_order(self):
        def spoil(method, path, status, body):
            if method != "POST" or path != "/api/v1/waiting-queues" or status != 201:
                return status, body
            answer = json.loads(body)
            number = answer["id"] % 10**10
            # Who comes late is given the number of somebody who came first.
            answer["id"] += -149 if number == 150 else 0
            return status, json.dumps(answer, separators=(",", ":")).encode() if number == 150 else body
        proxy = proxy_until_the_end(self, spoil)
        done = rehearse("--seed", 7, "--connections", 20, base=proxy.url)
        self.assertEqual(1, proxy.spoilt)
        broken = self.broken(done)
        self.assertEqual(["order"], list(broken))
        self.assertEqual((1, 1), (done.json["order"]["doubles"], min(1, done.json["order"]["inversions"])))

    def test_an_answer_that_nobody_should_get(self):
        spoilt = []

        def spoil(method, path, status, body):
            if method == "GET" and path.endswith("/sessions") and not spoilt:
                spoilt.append(path)
                return 500, b'{"code":"INTERNAL"}'
            return status, body
        proxy = proxy_until_the_end(self, spoil)
        done = rehearse("--seed", 7, "--connections", 20, base=proxy.url)
        broken = self.broken(done)
        self.assertEqual({"errors": "1 answers that nobody should get: 1 × sessions: 500 INTERNAL"}, broken)

    def test_cut_off(self):
        process = subprocess.Popen([PROGRAM, "rehearse", "--json", *map(str, SMALL), "--base-url", BASE],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stderr.readline()  # the first line of progress
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(1, process.returncode, out + err)
        self.assertIn("end: it was cut off before everybody had gone", json.loads(out)["reasons"])


class Refuses(unittest.TestCase):
    def no(self, code, words, *parts):
        done = run(*words)
        self.assertEqual((code, ""), (done.code, done.out), done.err)
        for part in parts:
            self.assertIn(part, done.err)

    def test_wrong_use(self):
        for words, part in ((["--fans", "0"], "--fans 0: must be a whole number from 1"),
                            (["--think", "2"], "--think 2: must be a number from 0.001 to 1"),
                            (["--think", "fast"], "--think fast: must be a number"),
                            (["--base-url", "here"], "--base-url here: must be like http://"),
                            (["--seats", "100000"], "from 1 to 99999")):
            self.no(2, ["rehearse", *words], part, "boxofficectl rehearse --help")

    def test_a_report_that_cannot_be_written(self):
        self.no(1, ["rehearse", "--report", "/nowhere/report.html"], "/nowhere/report.html: cannot be written")

    def test_nobody_answers(self):
        self.no(1, ["rehearse", "--base-url", "http://127.0.0.1:1"], "does not answer", "deploy/up")

    def test_another_stacks_database(self):
        def spoil(_, path, status, body):
            return (404, b"{}") if "concertId=" in path else (status, body)
        proxy, before = proxy_until_the_end(self, spoil), left_in_database()
        self.no(1, ["rehearse", "--base-url", proxy.url, "--connections", "8"], "another stack's")
        self.assertEqual(before, left_in_database())

    def test_limits_that_the_stack_has_by_default(self):
        def up(limits):
            done = subprocess.run([UP], env={**os.environ, "RATE_LIMITS": limits}, capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stderr)
        before = left_in_database()
        self.addCleanup(up, "off")
        up("on")
        self.no(1, ["rehearse", "--base-url", BASE], "RATE_LIMITS=off")
        self.assertEqual(before, left_in_database())

    def test_limits_for_one_address(self):
        def spoil(_, path, status, body):
            return (429, b"{}") if path == "/api/v1/waiting-queues" else (status, body)
        proxy = proxy_until_the_end(self, spoil)
        self.no(1, ["rehearse", "--base-url", proxy.url, "--connections", "8"], "RATE_LIMITS=off")

    def test_beside_people_who_wait(self):
        sql("INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) VALUES "
            "(1, 9999, 1, 'j', NOW(6), NOW(6) + INTERVAL 1 DAY)")
        self.addCleanup(sql, "DELETE FROM ticket WHERE number = 9999")
        self.no(1, ["rehearse", "--base-url", BASE], "1 people stand in this system's lines", "--beside-a-sale")

    def test_removal_leaves_what_others_hang_on(self):
        done = rehearse("--keep")
        self.assertEqual(0, done.code, done.err)
        sql("INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status, created_at, "
            "hold_until, closed_at) SELECT id, 1, 1, 1, 0, 'EXPIRED', NOW(6), NOW(6), NOW(6) FROM account "
            "WHERE name LIKE 'rehearsal-%' LIMIT 1")
        self.no(1, ["rehearsal", "remove"], "is left as it is: 1 reservations")
        sql("DELETE FROM reservation WHERE concert_id = 1 AND status = 'EXPIRED'")
        self.assertEqual(0, run("rehearsal", "remove").code)


if __name__ == "__main__":
    unittest.main()
