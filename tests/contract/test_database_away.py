"""The database away: 503 in the family's shape, before anybody gives up, and service resumes by itself."""
import contextlib
import os
import pathlib
import signal
import time
import unittest

import client
import contract
import database
import samples
import stage
from limits import limit

ASKS_THE_DATABASE = [o for o in contract.OPERATIONS if o.id != "healthz"]
PID_FILE = pathlib.Path(os.environ["BOXOFFICE_STATE"]) / "run/mariadb.pid"
# The two bounds of the contract: connecting is tried twice; an answer is waited for less long than nginx
# waits for the function.
AWAY_S, HANGS_S = 2 * limit("kDatabaseConnectSeconds"), limit("kGatewayReadSeconds")


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
    """The server is killed, and those that the supervisor starts in its place find a folder where
    their socket should be: they give up, until the end of this."""
    database.close()
    socket = PID_FILE.with_name("mariadb.sock")
    os.kill(int(PID_FILE.read_text()), signal.SIGKILL)
    socket.unlink()
    socket.mkdir()
    try:
        yield
    finally:
        socket.rmdir()


class DatabaseAway(unittest.TestCase):
    def test_every_operation_says_so_in_time_and_comes_back(self):
        requests = [samples.make(operation) for operation in ASKS_THE_DATABASE]
        failures = []
        with database_away():
            for request in requests:
                started = time.monotonic()
                answer = request.send()
                took = time.monotonic() - started
                if (answer.status, answer.name) != (503, "UNAVAILABLE") or took > AWAY_S:
                    failures.append((request.operation.id, answer.status, took))
            self.assertEqual(200, client.get("/healthz").status)
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
            started = time.monotonic()
            answers = client.at_once(*[lambda path=path: client.get(path, access=user.access)
                                       for path in (f"/api/{user.id}", f"/api/v1/users/{user.id}/points")])
            self.assertLess(time.monotonic() - started, HANGS_S)
            self.assertEqual([(503, "UNAVAILABLE")] * 2, [(answer.status, answer.name) for answer in answers])
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertTrue(answers_again())
        self.assertEqual(0, user.balance())


if __name__ == "__main__":
    unittest.main()
