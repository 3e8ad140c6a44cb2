"""With RATE_LIMITS=on, on a stack with small rates: who is refused, how, and who is not.

Each test asks from addresses of its own (127.0.0.0/8 is all this machine's), so that none spends
another's allowance. tests/contract/run sets the rates."""
import itertools
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import unittest

import client
import contract
import database
import samples
import stage
import tokens
from waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[3]
STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
# What is let in at once: ten seconds' worth, and the one that comes first.
ADDRESS, TOKEN, LOGINS = (10 * int(os.environ[name]) + 1
                          for name in ("RATE_PER_ADDRESS", "RATE_PER_TOKEN", "RATE_LOGINS"))
AT_ONCE = 2 * int(os.environ["RATE_PER_ADDRESS"])
PROXY, NO_PROXY, SECOND_PROXY = "127.0.1.1", "127.0.1.2", "127.0.2.77"
_fresh = (f"127.9.{a}.{b}" for a, b in itertools.product(range(1, 255), repeat=2))

KINDS = {
    "login": lambda: client.post("/api/v1/auth/token", {}),
    "shared": lambda: client.get("/api/v1/waiting-queues/progress"),
    "other": lambda: client.get("/api/v1/waiting-queues"),
}


def from_fresh_address():
    address = next(_fresh)
    client.come_from(address)
    return address


def let_in(ask, most=2000):
    """Asks until refused; how often it was let in before that, `most` if it was never refused."""
    for count in range(most):
        if ask().status == 429:
            return count
    return most


def kind_of(operation):
    return "login" if operation.function.get("checksPassword") else \
        "shared" if "cacheSeconds" in operation.function else "other"


class Limited(unittest.TestCase):
    def setUp(self):
        self.addCleanup(client.come_from, None)
        self.address = from_fresh_address()

    def refuse(self, ask):
        """What is asked, from an address that has used up its allowance of that kind. (A slow machine
        earns a request in between: then it is made anew.)"""
        def attempt():
            from_fresh_address()
            send, kind = ask()
            client.come_from(self.address)
            let_in(KINDS[kind])
            answer = send()
            return answer if answer.status == 429 else None
        answer = eventually(attempt)
        self.assertIsNotNone(answer, "was never refused")
        return answer


class AnAddress(Limited):
    def test_every_operation_refuses_one_that_asks_too_often(self):
        # Shape, language and Retry-After are held by the checker, for both families.
        for operation in contract.OPERATIONS:
            if operation.function["family"] == "ops":
                continue
            with self.subTest(operation.id):
                answer = self.refuse(lambda: (samples.make(operation).send, kind_of(operation)))
                self.assertEqual(("RATE_LIMITED", "1"), (answer.name, answer.header("Retry-After")))

    def test_it_has_ten_seconds_worth_at_once_and_another_address_its_own(self):
        for _ in range(2):
            self.assertTrue(ADDRESS <= (count := let_in(KINDS["other"], 2 * ADDRESS)) < 2 * ADDRESS, count)
            from_fresh_address()

    def test_whoever_waits_as_long_as_it_is_told_is_let_in(self):
        let_in(KINDS["other"])
        time.sleep(int(KINDS["other"]().header("Retry-After") or 1))
        self.assertEqual("TOKEN_MISSING", KINDS["other"]().name)

    def test_passwords_have_fewer_and_shared_answers_more(self):
        self.assertTrue(LOGINS <= (count := let_in(KINDS["login"], ADDRESS)) < ADDRESS, count)
        self.assertEqual("TOKEN_MISSING", KINDS["other"]().name)
        let_in(KINDS["other"])
        self.assertTrue(2 * ADDRESS <= (count := let_in(KINDS["shared"], 8 * ADDRESS)) < 8 * ADDRESS, count)

    def test_a_refused_request_does_nothing(self):
        users, names, key = [], [], stage.unique("key")

        def charge():
            return client.post(f"/api/v1/users/{users[-1].id}/points/charge", {"amount": 7},
                               access=users[-1].access, key=key)

        def register():
            return client.post("/api/v1/users", {"name": names[-1]})
        self.refuse(lambda: (users.append(stage.User()), (charge, "other"))[1])
        self.refuse(lambda: (names.append(stage.unique("refused")), (register, "login"))[1])
        self.assertEqual("0", database.value("SELECT balance FROM account WHERE id = %s", users[-1].id))
        self.assertEqual("0", database.value("SELECT COUNT(*) FROM account WHERE name = %s", names[-1]))
        from_fresh_address()
        self.assertEqual([200, 201], [(answer := charge()).status, register().status])
        self.assertIsNone(answer.header("Idempotent-Replayed"))

    def test_health_metrics_and_pages_are_not_counted(self):
        let_in(KINDS["other"])
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.yaml"):
            self.assertEqual(3 * ADDRESS, let_in(lambda: client.send("GET", path, None, {}), 3 * ADDRESS), path)

    def test_the_access_log_has_what_was_refused(self):
        self.assertEqual(429, self.refuse(lambda: (KINDS["other"], "other")).status)

        def logged():
            lines = [json.loads(line) for line in (STATE / "log/access.log").read_text().splitlines()]
            return [line for line in lines if (line["client"], line["status"]) == (self.address, 429)]
        [first, *_] = eventually(logged)
        self.assertEqual(("/api/v1/waiting-queues", ""), (first["path"], first["upstream"]))

    def test_only_so_many_requests_are_under_way_at_once(self):
        slow = [socket.create_connection((client.BASE.hostname, client.BASE.port), 10, (self.address, 0))
                for _ in range(AT_ONCE)]
        for connection in slow[:-1]:
            connection.sendall(b"POST /api/getToken HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        self.assertEqual("TOKEN_MISSING", KINDS["other"]().name)  # one more than these is none too many
        slow[-1].sendall(b"POST /api/getToken HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        # /progress has a larger allowance than is asked for here: it is not the rate that refuses.
        statuses = (time.sleep(0.02) or KINDS["shared"]().status for _ in range(3 * ADDRESS))
        self.assertTrue(any(status == 429 for status in statuses))
        neighbour = self.address
        from_fresh_address()
        self.assertEqual("TOKEN_MISSING", KINDS["other"]().name)
        client.come_from(neighbour)
        for connection in slow:
            connection.close()
        self.assertTrue(eventually(lambda: KINDS["shared"]().status == 200))


class AToken(Limited):
    def spend(self, ask):
        """How often `ask` is let in, each time from another address."""
        def elsewhere():
            from_fresh_address()
            return ask()
        return let_in(elsewhere, 5 * TOKEN)

    def test_two_behind_one_address_have_each_their_own(self):
        self.assertGreaterEqual(ADDRESS, 2 * TOKEN - 1, "the rates leave no room for two tokens")
        users = [stage.User() for _ in range(2)]
        polls = [lambda user=user: client.get(f"/api/{user.id}", access=user.access) for user in users]
        first = let_in(polls[0], TOKEN + 5)
        self.assertTrue(TOKEN <= first < TOKEN + 5, first)
        self.assertEqual(200, polls[1]().status)
        self.assertEqual(429, polls[0]().status)

    def test_it_is_limited_in_each_header_that_it_may_come_in(self):
        for path, header in (("/api/{}", "token: {}"), ("/api/v1/users/{}/points", "Authorization: Bearer {}"),
                             ("/api/v1/users/{}/points", "QUEUE-TOKEN: {}")):
            user = stage.User()
            name, _, value = header.format(user.access).partition(": ")
            count = self.spend(lambda: client.get(path.format(user.id), headers={name: value}))
            self.assertTrue(TOKEN <= count < 5 * TOKEN, (header, count))

    def test_something_made_up_in_another_header_does_not_hide_it(self):
        number = itertools.count(10**40)
        for path, header, other in (("/api/{}", "token: {}", "QUEUE-TOKEN"), ("/api/{}", "token: {}", "Authorization"),
                                    ("/api/v1/users/{}/points", "Authorization: Bearer {}", "QUEUE-TOKEN")):
            user = stage.User()
            name, _, value = header.format(user.access).partition(": ")
            count = self.spend(lambda: client.get(path.format(user.id), headers={name: value, other: str(next(number))}))
            self.assertTrue(TOKEN <= count < 5 * TOKEN, (header, other, count))

    def test_other_tokens_of_other_addresses_are_let_in(self):
        # The control of the two above: what they ask is refused for its token alone.
        count = self.spend(lambda: client.get("/api/check", token=tokens.access(1, "u")))
        self.assertEqual(5 * TOKEN, count)


class AProxy(Limited):
    def ask(self, forwarded_for):
        return client.get("/api/v1/waiting-queues", headers={"X-Forwarded-For": forwarded_for})

    def test_a_trusted_one_is_believed_about_whom_it_asks_for(self):
        client.come_from(PROXY)
        for behind in ("203.0.113.7", "203.0.113.8"):
            self.assertGreaterEqual(let_in(lambda: self.ask(behind)), ADDRESS)
            self.assertEqual(429, self.ask(behind).status)

    def test_anybody_else_is_not(self):
        client.come_from(NO_PROXY)
        number = itertools.count(1)
        self.assertLess(let_in(lambda: self.ask(f"203.0.114.{next(number)}"), 250), 250)
        # The control: the same from a proxy that is trusted is never refused.
        client.come_from(PROXY)
        number = itertools.count(1)
        self.assertEqual(250, let_in(lambda: self.ask(f"203.0.114.{next(number)}"), 250))

    def test_what_a_client_has_written_before_the_proxies_does_not_count(self):
        client.come_from(PROXY)
        number = itertools.count(1)
        self.assertLess(let_in(lambda: self.ask(f"198.51.100.{next(number)}, 203.0.113.9, {SECOND_PROXY}"), 250), 250)
        # What the first of the proxies has written does.
        number = itertools.count(1)
        self.assertEqual(250, let_in(lambda: self.ask(f"203.0.115.{next(number)}, {SECOND_PROXY}"), 250))

    def test_an_ipv6_network_of_one_subscriber_counts_as_one_address(self):
        client.come_from(PROXY)
        for network in ("2001:db8:1:2", "2001:db8:1:3"):
            hosts = (f"{network}:{n:x}:a:0:{n:x}" for n in itertools.count(1))
            self.assertTrue(ADDRESS <= let_in(lambda: self.ask(next(hosts)), 250) < 250)


class Settings(Limited):
    def up(self, **settings):
        return subprocess.run([ROOT / "deploy/up"], env={**os.environ, **settings}, capture_output=True, text=True)

    def test_a_wrong_one_is_named_with_what_it_may_be_and_changes_nothing(self):
        before = (STATE / "settings.env").read_text()
        for name, value, advice in (
                ("RATE_LIMITS", "maybe", "on or off"), ("RATE_PER_ADDRESS", "0", "from 1 to"),
                ("RATE_PER_TOKEN", "1.5", "whole number"), ("RATE_LOGINS", "many", "whole number"),
                ("TRUSTED_PROXIES", "everyone", "address"), ("TRUSTED_PROXIES", "10.0.0.1 10.0.0.0/33", "10.0.0.0/33"),
                ("TRUSTED_PROXIES", "300.1.1.1", "address"), ("TRUSTED_PROXIES", "0.0.0.0/0", "one bit"),
                ("TRUSTED_PROXIES", "::/0", "one bit"), ("TRUSTED_PROXIES", "fd00::1::2", "address"),
                ("TRUSTED_PROXIES", "10.0.0.1;", "address"), ("TRUSTED_PROXIES", "*", "address")):
            refused = self.up(**{name: value})
            self.assertNotEqual(0, refused.returncode, (name, value))
            self.assertRegex(refused.stderr, f"error: {name}.*{advice}", (name, value))
        self.assertEqual(before, (STATE / "settings.env").read_text())

    def test_off_means_none_and_a_change_fails_no_request(self):
        statuses, stop = set(), threading.Event()

        def poll():
            while not stop.is_set():
                statuses.add(client.get("/readyz").status)
                client.close()
        thread = threading.Thread(target=poll)
        thread.start()
        try:
            off = self.up(RATE_LIMITS="off", TRUSTED_PROXIES="")
            self.assertEqual(0, off.returncode, off.stderr)
            client.close()
            for kind, ask in KINDS.items():
                self.assertEqual(8 * ADDRESS, let_in(ask, 8 * ADDRESS), kind)
            on = self.up()
            self.assertEqual(0, on.returncode, on.stderr)
        finally:
            stop.set()
            thread.join()
        self.assertEqual({200}, statuses)
        client.close()
        self.assertLess(let_in(KINDS["login"], 8 * ADDRESS), 8 * ADDRESS)


if __name__ == "__main__":
    unittest.main()
