#!/usr/bin/env python3
"""No token, key or password gets anywhere it could be read later: not into a log, a metric, a file of
the stack, an argument or an environment of its processes.

Everything secret that is sent is known here, and so is what the stack keeps. Each operation is asked,
well and badly, while functions log all they can (LOG_LEVEL=debug); then it is looked for everywhere.
"""
import getpass
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support")]
import client  # noqa: E402
import contract  # noqa: E402
import database  # noqa: E402
import samples  # noqa: E402
import stage  # noqa: E402
from waiting import eventually  # noqa: E402

STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
# Where secrets are kept, and the programs, which are built before any is.
KEPT = ("db", "secrets", "releases", "bin", "docs")
TOKEN = re.compile(rb"eyJ[\w-]{8,}\.[\w-]+")  # the beginning of any token, and not of ours alone
sent = set()  # every secret that this has sent or was given


def secret(word):
    text = stage.unique(f"canary-{word}")
    sent.add(text)
    return text


def note_token(text):
    # The signature is what makes it a token.
    sent.add(text.removeprefix("Bearer ").rpartition(".")[2])


def send(method, path, body, headers, _send=client.send):
    for name in ("token", "QUEUE-TOKEN", "Authorization"):
        if len(headers.get(name, "")) > 20:
            note_token(headers[name])
    answer = _send(method, path, body, headers)
    for token in re.findall(r'oken":"([^"]+)"', answer.body.decode(errors="replace")):
        note_token(token)
    return answer


def kept_secrets():
    files = [file for file in (STATE / "secrets").rglob("*") if file.is_file()]
    return {file.read_text().strip() for file in files}


def places():
    """Every file of the stack that is not made to keep secrets, and its processes."""
    for file in STATE.rglob("*"):
        if file.is_file() and file.relative_to(STATE).parts[0] not in KEPT:
            yield str(file), file.read_bytes()
    yield from processes()


def processes():
    """Of whose processes is no matter, as far as arguments go: everybody can read those."""
    database.close()  # the tests' own client, which has the password in its environment
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes()
            yield f"{folder}/cmdline of {arguments[:60]}", arguments
            if str(STATE).encode() in arguments:
                yield f"{folder}/environ of {arguments[:60]}", (folder / "environ").read_bytes()
        except OSError:  # it has ended meanwhile
            continue


def leaks(found_in, secrets):
    """Where a secret, or anything that looks like a token, is."""
    words = re.compile(b"|".join(re.escape(text.encode()) for text in sorted(secrets)))
    out = []
    for place, content in found_in:
        found = words.search(content) or TOKEN.search(content)
        if found:
            out.append(f"{place}: {found[0][:80]}")
    return out


def ask_well_and_badly(operation):
    request = samples.make(operation)
    if isinstance(request.body, dict) and "password" in request.body:
        sent.add(request.body["password"])
    key = secret("key")
    answers = [request.send(key=key), request.send(key=key), request.send(key=secret("key"))]
    token = request.credential or stage.User().access
    for forged in (token[:-3] + "AAA", token[:-10], token + "=", "." + token, token + "\t" + token):
        note_token(forged)
        answers.append(request.send(credential=forged, key=key))
    note_token(token)
    if "cacheSeconds" not in operation.function:  # nginx keeps those for a second, by their query
        answers.append(client.call(operation.method, f"{request.path}?token={token}&key={key}"))
    if operation.has_body:
        body = {**request.body, "password": secret("password"), "token": token}
        for raw in (json.dumps(body)[:-2], json.dumps(body) + "]", json.dumps({**body, "password": [token]}),
                    "{" + token, json.dumps(key), json.dumps({key: key}), json.dumps({**body, key: body}),
                    json.dumps({**body, "amount": key, "name": key * 9, "userId": token, "seatIds": [token]}),
                    json.dumps(body) + " " * 9000):
            answers.append(request.send(raw=raw.encode(), key=key))
        answers.append(request.send(raw=json.dumps(body).encode(), media_type="text/" + token[:30]))
    answers.append(request.send(key=key + "\u00e9".encode().decode("latin-1")))
    answers.append(request.send(key=key * 9))
    for method in ("PUT", "DELETE", "GET"):
        answers.append(request.send(method=method, key=key))
    return answers


def log_in():
    person = {"name": stage.unique("login"), "password": secret("password")}
    assert client.post("/api/v1/users", person).status == 201
    right = person["password"]
    for tried, status in ((right, 200), (right + "x", 401), (right[:-1], 401), (right * 9, 400)):
        by_name = client.post("/api/v1/auth/token", {**person, "password": tried})
        in_line = client.post("/api/getToken", {"username": person["name"], "password": tried})
        assert (by_name.status, in_line.status) == (status, status), (by_name, in_line)
    assert client.post("/api/v1/users", person).status == 409


def charge(user, key):
    path = f"/api/v1/users/{user.id}/points/charge"
    return client.post(path, {"amount": 1}, access=user.access, key=key)


def wait_too_long_for_a_lock():
    user = stage.User()
    with database.Session() as session:
        session.run("START TRANSACTION")
        session.run("SELECT balance FROM account WHERE id = %s FOR UPDATE", user.id)
        assert charge(user, secret("key")).status == 503
        session.run("ROLLBACK")


def run_into_a_deadlock():
    """The worker has the row of its key and waits for the account; we have that and want the other."""
    user, answers = stage.User(), []
    with database.Session() as session:
        session.run("START TRANSACTION")
        session.run("SELECT balance FROM account WHERE id = %s FOR UPDATE", user.id)
        asking = threading.Thread(target=lambda: [answers.append(charge(user, secret("key"))), client.close()])
        asking.start()
        waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        # It shows whoever asks more often than every 100 ms the same old picture.
        assert eventually(lambda: time.sleep(0.15) or database.ask(waiting, user=getpass.getuser())[0] != [["0"]])
        session.process.stdin.write(f"SELECT COUNT(*) FROM idempotency WHERE user_id = {user.id} FOR UPDATE;\n")
        session.process.stdin.flush()
        asking.join()
    assert answers[0].status == 200, answers


class Canaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        client.send = send
        cls.answers = sum(map(ask_well_and_badly, contract.OPERATIONS), [])
        log_in()
        wait_too_long_for_a_lock()
        run_into_a_deadlock()
        cls.last = stage.unique("the-last-request")
        client.get("/readyz", headers={"X-Request-Id": cls.last})
        client.get("/metrics")

    @classmethod
    def tearDownClass(cls):
        client.send = send.__defaults__[0]

    def test_everything_was_tried(self):
        statuses = {answer.status for answer in self.answers}
        self.assertLessEqual({200, 201, 204, 400, 401, 403, 405, 409, 413, 415, 422}, statuses)
        self.assertGreater(len(sent), 150)
        # What is to be looked through is there: nginx's log to its end, and the functions' least lines.
        access = STATE / "log/access.log"
        self.assertTrue(eventually(lambda: self.last.encode() in access.read_bytes()))
        self.assertIn('"level":"debug"', (STATE / "log/ops-readyz.log").read_text())
        self.assertIn('"event":"fault"', (STATE / "log/v1-point-charge.log").read_text())

    def test_no_secret_is_anywhere(self):
        looked_at = list(places())
        self.assertEqual([], leaks(looked_at, sent | kept_secrets()))
        print(f"canaries: {len(self.answers)} answers, {len(sent | kept_secrets())} secrets, "
              f"none in {len(looked_at)} files, arguments and environments")

    def test_no_secret_is_in_an_answer_to_somebody_else(self):
        for path in ("/metrics", "/healthz", "/readyz", "/api/v1/waiting-queues/progress"):
            self.assertEqual([], leaks([(path, client.get(path).body)], sent | kept_secrets()))

    def test_deploying_shows_no_secret_among_the_arguments(self):
        seen, done, kept = [], threading.Event(), kept_secrets()

        def look():
            while not done.wait(0.002):
                seen.extend(leaks(processes(), kept))
        looking = threading.Thread(target=look)
        looking.start()
        up = subprocess.run([ROOT / "deploy/up"], capture_output=True, text=True)
        done.set()
        looking.join()
        self.assertEqual(0, up.returncode, up.stderr)
        self.assertEqual([], seen)
        self.assertEqual([], leaks([("deploy/up", (up.stdout + up.stderr).encode())], kept_secrets()))

    def test_a_planted_secret_is_found(self):
        """The control: in a log, among the arguments, in an environment; a token that nobody noted, too."""
        password = sorted(kept_secrets())[0]
        planted = STATE / "log/planted.log"
        self.addCleanup(planted.unlink, missing_ok=True)
        for text in (password, sorted(sent)[0], sorted(sent)[-1], stage.User().access):
            planted.write_text(f"a line with {text} in it\n")
            self.assertEqual([str(planted)], [leak.split(": ")[0] for leak in leaks(places(), sent | kept_secrets())])
        planted.unlink()
        for arguments, more in (([password], {}), ([str(STATE)], {"PLANTED": password})):
            with subprocess.Popen(["sh", "-c", "read line", *arguments], stdin=subprocess.PIPE,
                                  env={**os.environ, **more}) as process:
                found = leaks(processes(), kept_secrets())
                process.stdin.close()
            self.assertEqual(1, len(found), found)
            self.assertIn(f"/proc/{process.pid}/", found[0])


if __name__ == "__main__":
    unittest.main()
