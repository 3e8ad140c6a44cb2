"""The database away: 503 in the family's shape within two seconds, and service resumes by itself."""
import contextlib
import os
import pathlib
import signal
import time
import unittest

import client
import contract
import samples
import stage

ASKS_THE_DATABASE = [o for o in contract.OPERATIONS if o.id != "healthz"]
PID_FILE = pathlib.Path(os.environ["BOXOFFICE_STATE"]) / "run/mariadb.pid"
SECONDS = 2


def answers_again(seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(AssertionError):
            if client.get("/readyz").status == 200:
                return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def database_away():
    """The socket leads nowhere and the server behind it is gone. The supervisor starts another at
    once, which is kept from being found until the end of this."""
    socket = PID_FILE.with_name("mariadb.sock")
    hidden = socket.with_name("mariadb.hidden")
    pid = int(PID_FILE.read_text())
    os.kill(pid, signal.SIGKILL)
    socket.unlink(missing_ok=True)
    try:
        yield lambda: keep_hidden(socket, hidden)
    finally:
        end = time.monotonic() + 30
        while not socket.exists() and not hidden.exists() and time.monotonic() < end:
            time.sleep(0.05)
        if hidden.exists():
            hidden.rename(socket)


def keep_hidden(socket, hidden):
    with contextlib.suppress(FileNotFoundError):
        socket.rename(hidden)


class DatabaseAway(unittest.TestCase):
    def test_every_operation_says_so_in_time_and_comes_back(self):
        requests = [samples.make(operation) for operation in ASKS_THE_DATABASE]
        failures = []
        with database_away() as hide:
            for request in requests:
                hide()
                started = time.monotonic()
                answer = request.send()
                took = time.monotonic() - started
                if (answer.status, answer.name) != (503, "UNAVAILABLE") or took > SECONDS:
                    failures.append((request.operation.id, answer.status, took))
            self.assertEqual(200, client.get("/healthz").status)
            hide()
        self.assertEqual([], failures)
        self.assertTrue(answers_again())
        for request in requests:
            with self.subTest(request.operation.id):
                self.assertEqual(request.operation.successes(), [request.send().status])

    def test_a_server_that_hangs_is_a_503_too(self):
        user = stage.User()
        pid = int(PID_FILE.read_text())
        os.kill(pid, signal.SIGSTOP)
        try:
            for path in (f"/api/{user.id}", f"/api/v1/users/{user.id}/points"):
                started = time.monotonic()
                answer = client.get(path, access=user.access)
                self.assertEqual((503, "UNAVAILABLE"), (answer.status, answer.name))
                self.assertLess(time.monotonic() - started, 11)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertTrue(answers_again())
        self.assertEqual(0, user.balance())


if __name__ == "__main__":
    unittest.main()
