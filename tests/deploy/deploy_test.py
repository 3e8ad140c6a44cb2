#!/usr/bin/env python3
"""Deploying while traffic flows: releases, crashes, drains, and what is refused.

Runs under tests/support/with_stack."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from stack import (ROOT, STATE, Traffic, administrator, changed_copy, nginx_workers, no_large_files, request, run,
                   supervisor, workers)
from support.database import Session, sql, value
from support.waiting import eventually
from ups import *  # noqa: F401,F403


def join(name):
    _, content = request("POST", "/api/getToken", {"username": name})
    result = json.loads(content)["result"]
    return result["token"], result["userId"]


def after_a_power_cut(libraries, names):
    """What is left of files to which a program has written, before it wrote a checkpoint to its log."""
    program = """if 1:
        import os, sys, time
        files = [os.open(name, os.O_RDWR | os.O_CREAT) for name in [*sys.argv[1:], "ib_logfile0"]]
        for file in files[:-1]:
            os.pwrite(file, b"x", 0)
        os.pwrite(files[-1], b"x", 4096)
        print("written", flush=True)
        time.sleep(60)"""
    with tempfile.TemporaryDirectory() as folder:
        power = pathlib.Path(folder, "power")
        os.mkfifo(power)
        preloaded = [*libraries, pathlib.Path(os.environ["BOXOFFICE_BUILD"], "bin/libpower_cut.so")]
        # Debian's own, which nothing stands in front of.
        with subprocess.Popen(["/usr/bin/python3", "-c", program, *names], cwd=folder, stdout=subprocess.PIPE, env={
                "LD_PRELOAD": ":".join(map(str, preloaded)), "POWER_CUT": str(power)}) as process:
            process.stdout.readline()
            power.write_text("")
        return {name: pathlib.Path(folder, name).read_text() for name in names}


class Releases(unittest.TestCase):
    FUNCTION = "v1-concert-list"
    PATH = "/api/v1/concerts"

    def current(self):
        return os.readlink(STATE / "releases" / self.FUNCTION / "current")

    def test_a_release_and_a_rollback_under_load_fail_no_request(self):
        before, old = self.current(), workers(self.FUNCTION)
        with changed_copy(self.FUNCTION) as binary, Traffic(self.PATH) as traffic:
            released = run(ROOT / "deploy/release", self.FUNCTION, binary)
            self.assertEqual(0, released.returncode, released.stderr)
            self.assertNotEqual(before, self.current())
            self.assertFalse(set(old.values()) & set(workers(self.FUNCTION).values()))
            rolled = run(ROOT / "deploy/rollback", self.FUNCTION)
            self.assertEqual(0, rolled.returncode, rolled.stderr)
        self.assertEqual(before, self.current())
        self.assertEqual({200}, set(traffic.statuses))
        self.assertGreater(traffic.statuses[200], 20)

    def test_what_a_release_may_do_stays_as_long_as_it_can_be_rolled_back_to(self):
        may = lambda: administrator("SELECT COUNT(*) FROM mysql.tables_priv"
                                    f" WHERE User = '{self.FUNCTION}' AND Table_name = 'outbox'")
        seen = []
        for _ in range(3):
            with changed_copy(self.FUNCTION) as binary:
                released = run(ROOT / "deploy/release", self.FUNCTION, binary)
            self.assertEqual(0, released.returncode, released.stderr)
            seen.append(may())
            if len(seen) == 1:  # as if this release had been declared with one grant more
                with (STATE / "releases" / self.FUNCTION / "current/grants").open("a") as grants:
                    grants.write(f"{self.FUNCTION} SELECT outbox\n")
        self.assertEqual(["0", "1", "0"], seen)

    def test_a_program_that_does_not_start_is_not_taken(self):
        before = self.current()
        with tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False) as script:
            script.write("#!/bin/sh\nexit 3\n")
        os.chmod(script.name, 0o755)
        with Traffic(self.PATH, threads=2) as traffic:
            refused = run(ROOT / "deploy/release", self.FUNCTION, script.name)
        os.unlink(script.name)
        self.assertNotEqual(0, refused.returncode)
        self.assertIn(self.FUNCTION, refused.stderr)
        self.assertEqual(before, self.current())
        self.assertEqual({200}, set(traffic.statuses))

    def test_a_program_that_there_is_no_room_for_is_not_installed(self):
        before, folder = self.current(), STATE / "releases" / self.FUNCTION
        kept = sorted(os.listdir(folder))
        with tempfile.NamedTemporaryFile("wb", delete=False) as other:
            other.write((folder / "current" / self.FUNCTION).read_bytes() + b"another")
        self.addCleanup(os.unlink, other.name)
        os.chmod(other.name, 0o755)
        refused = run(ROOT / "deploy/release", self.FUNCTION, other.name, preexec_fn=no_large_files)
        self.assertEqual(1, refused.returncode, refused.stderr)
        self.assertIn("could not be copied", refused.stderr)
        self.assertEqual(before, self.current())
        self.assertEqual(kept, sorted(os.listdir(folder)))

    def test_a_file_that_cannot_be_written_ends_the_command_and_stays_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "file")
            file.write_text("as it was")
            done = run("bash", "-c", '. "$0/deploy/lib.sh"; head -c 100000 /dev/zero | put "$1" || true; say on',
                       ROOT, file, preexec_fn=no_large_files)
            self.assertEqual((1, ""), (done.returncode, done.stdout))
            self.assertIn("could not be written", done.stderr)
            self.assertEqual((["file"], "as it was"), (os.listdir(folder), file.read_text()))

    def test_an_unknown_function_is_refused_with_the_names(self):
        refused = run(ROOT / "deploy/release", "v1-nonsense")
        self.assertNotEqual(0, refused.returncode)
        self.assertIn(self.FUNCTION, refused.stderr)

    def test_a_rollback_without_a_previous_release_says_so(self):
        refused = run(ROOT / "deploy/rollback", "ops-healthz")
        self.assertNotEqual(0, refused.returncode)
        self.assertIn("no previous release", refused.stderr)


class Workers(unittest.TestCase):
    def test_a_killed_worker_is_replaced_and_the_others_go_on(self):
        before = workers("v1-concert-list")
        victim = sorted(before.items())[0]
        os.kill(victim[1], signal.SIGKILL)
        replaced = lambda: workers("v1-concert-list").get(victim[0]) not in (None, 0, victim[1])
        self.assertTrue(eventually(replaced))
        self.assertEqual(200, request("GET", "/api/v1/concerts")[0])

    def test_all_workers_killed_at_once_lose_no_waiting_request(self):
        for pid in workers("ops-healthz").values():
            os.kill(pid, signal.SIGKILL)
        # The supervisor holds the socket: this request waits in it until a new worker accepts.
        self.assertEqual(200, request("GET", "/healthz")[0])

    def test_stopped_workers_are_replaced_without_help(self):
        before = workers("v1-concert-list")
        for pid in before.values():
            os.kill(pid, signal.SIGSTOP)
        self.assertEqual(200, request("GET", "/api/v1/concerts")[0])
        self.assertTrue(eventually(lambda: not set(before.values()) & set(workers("v1-concert-list").values())))

    def test_stopped_workers_of_nginx_are_replaced_without_help(self):
        before = nginx_workers()
        for pid in before:
            os.kill(int(pid), signal.SIGSTOP)
        self.assertTrue(eventually(lambda: nginx_workers() and not before & nginx_workers()))
        self.assertEqual(200, request("GET", "/healthz")[0])

    def test_what_wants_room_on_the_disk_starts_as_soon_as_it_is_there(self):
        file = STATE / "services/roomy"
        running = lambda: "roomy" in (line := "".join(
            l for l in supervisor("status").stdout.splitlines() if l.startswith("roomy"))) and "pid=0" not in line
        try:
            file.write_text(f"exec /bin/sleep 600\nroom 1000000\nlog {STATE}/log/roomy.log\n")  # a terabyte
            supervisor("reload")
            said = lambda: "roomy is not started: less than 1000000 MB" in (STATE / "log/supervisor.log").read_text()
            self.assertTrue(eventually(said))
            self.assertFalse(running())
            file.write_text(f"exec /bin/sleep 600\nroom 1\nlog {STATE}/log/roomy.log\n")
            supervisor("reload")
            self.assertTrue(eventually(running))
        finally:
            file.unlink()
            supervisor("reload")

    def test_a_database_that_finds_no_room_on_the_disk_ends_at_once(self):
        self.assertIn(f"env LD_PRELOAD={STATE}/bin/libfail_stop.so:", (STATE / "services/mariadb").read_text())
        write = lambda library, size: run(  # as InnoDB does when a table grows
            ROOT / "tests/support/small_disk", 2, "bash", "-c",
            f"LD_PRELOAD={library} fallocate -l {size} $SMALL_DISK/table").returncode
        library = STATE / "bin/libfail_stop.so"
        if (status := write(library, "1M")) == 77:
            self.skipTest("no small disk can be made here")
        self.assertEqual((0, 1, 128 + signal.SIGKILL), (status, write("", "3M"), write(library, "3M")))

    def test_what_the_log_calls_done_is_on_the_disk_before(self):
        library = STATE / "bin/libsynced_checkpoint.so"
        self.assertIn(f":{library}\n", (STATE / "services/mariadb").read_text())
        synced = {"ibdata1": "x", "undo001": "x", "table.ibd": "x", "other": ""}
        self.assertEqual(synced, after_a_power_cut([library], list(synced)))
        self.assertEqual(dict.fromkeys(synced, ""), after_a_power_cut([], list(synced)))

    def test_a_worker_told_to_stop_finishes_the_request_in_hand(self):
        token, user = join(f"drain-{time.time_ns()}")
        answers = []
        with Session() as session:
            session.run("START TRANSACTION")
            session.run("SELECT balance FROM account WHERE id = %s FOR UPDATE", user)
            charge = threading.Thread(target=lambda: answers.append(
                request("PATCH", f"/api/{user}/charge", {"amount": 700}, {"token": token})))
            charge.start()
            waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
            # innodb_trx shows whoever asks it more often than every 100 ms the same old picture.
            self.assertTrue(eventually(lambda: time.sleep(0.15) or administrator(waiting) != "0"))
            for pid in workers("envelope-charge").values():
                os.kill(pid, signal.SIGTERM)
            session.run("COMMIT")
        charge.join()
        self.assertEqual(200, answers[0][0], answers)
        self.assertEqual("700", value("SELECT balance FROM account WHERE id = %s", user))


class Jobs(unittest.TestCase):
    def run_job(self, name):
        done = run(STATE / "bin/job", name, env={**os.environ, "BOXOFFICE_STATE": str(STATE)})
        self.assertEqual(0, done.returncode)
        return (STATE / "log/jobs.log").read_text().splitlines()

    def test_each_job_says_in_one_line_what_it_did(self):
        for name in ("job-expire", "job-advance", "job-cleanup"):
            before = len((STATE / "log/jobs.log").read_text().splitlines()) \
                if (STATE / "log/jobs.log").exists() else 0
            lines = [line for line in self.run_job(name)[before:] if line.startswith(name + ":")]
            self.assertGreaterEqual(len(lines), 1)

    def test_stored_answers_are_forgotten_when_their_time_is_over(self):
        sql("INSERT INTO idempotency (user_id, endpoint, idempotency_key, fingerprint, status, body,"
            " created_at) VALUES (0, 'old', 'k', REPEAT('x', 32), 200, '{}', NOW() - INTERVAL 25 HOUR),"
            " (0, 'new', 'k', REPEAT('x', 32), 200, '{}', NOW() - INTERVAL 23 HOUR)")
        self.run_job("job-cleanup")
        kept = sql("SELECT endpoint FROM idempotency WHERE user_id = 0")
        self.assertEqual([["new"]], kept)
        sql("DELETE FROM idempotency WHERE user_id = 0")

    def test_the_crontab_names_every_job(self):
        crontab = (ROOT / "deploy/crontab").read_text()
        for folder in (ROOT / "functions/jobs").iterdir():
            if folder.is_dir():
                self.assertIn(f"job-{folder.name}", crontab)


class Logs(unittest.TestCase):
    def rotate(self, force=""):
        """What the crontab says, or the same at once."""
        lines = (STATE / "crontab").read_text().splitlines()
        command, = (line[line.index("logrotate"):] for line in lines if "logrotate" in line)
        done = run("bash", "-c", command.replace("logrotate ", f"logrotate {force} ", 1),
                   env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"})
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    @staticmethod
    def lines(request_id):
        """How many nginx has written about it, in its log and the one before it."""
        return sum(file.read_text().count(request_id) for file in STATE.glob("log/access.log*"))

    def test_a_rotation_loses_no_line_of_nginx_and_the_functions_go_on_writing(self):
        request_id = f"rotation-{time.time_ns()}"
        join(f"log-{time.time_ns()}")
        with Traffic("/api/v1/concerts", headers={"X-Request-Id": request_id}) as traffic:
            self.assertTrue(eventually(lambda: traffic.statuses.get(200, 0) > 20))
            self.rotate("--force")
            rotated = sum(traffic.statuses.values())
            self.assertTrue(eventually(lambda: sum(traffic.statuses.values()) > rotated + 20))
        self.assertEqual({200}, set(traffic.statuses))
        asked = sum(traffic.statuses.values())
        self.assertTrue(eventually(lambda: self.lines(request_id) == asked), (self.lines(request_id), asked))
        self.assertIn(request_id, (STATE / "log/access.log").read_text())
        join(f"log-{time.time_ns()}")
        for file in ("envelope-get-token.log", "envelope-get-token.log.1"):
            self.assertRegex((STATE / "log" / file).read_text(), r'^\{.*"event":"request"')

    def test_a_log_is_rotated_when_it_is_too_long(self):
        log, kept = STATE / "log/cron.log", STATE / "log/cron.log.1"
        kept.unlink(missing_ok=True)
        self.rotate()
        self.assertFalse(kept.exists())
        os.truncate(log, 40 << 20)
        self.rotate()
        self.assertEqual((0, 40 << 20), (log.stat().st_size, kept.stat().st_size))


if __name__ == "__main__":
    unittest.main(verbosity=2)
