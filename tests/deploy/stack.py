"""The stack that the tests of deploy/ run under, and what they do to it."""
import contextlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from support.background import Background  # noqa: E402
from support.waiting import WAIT_S  # noqa: E402

STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
ADDRESS = os.environ["BASE_URL"].removeprefix("http://")


def request(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(ADDRESS, timeout=WAIT_S)
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)


def no_large_files():
    """What a full disk is to a program: files end after 16 KiB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))


def supervisor(*words):
    return run(STATE / "bin/boxoffice-supervisor", STATE / "run/control", *words)


def workers(function):
    """Process ids of a function's workers, by slot."""
    pids = {}
    for line in supervisor("status").stdout.splitlines():
        words = line.split()
        if words and words[0] == f"1.{function}":
            facts = dict(word.split("=", 1) for word in words if "=" in word)
            pids[facts["slot"]] = int(facts["pid"])
    return pids


def nginx_workers():
    """Those that answer. What else nginx starts comes and goes by itself: its cache loader after a minute."""
    nginx = (STATE / "run/nginx.pid").read_text().strip()
    children = pathlib.Path(f"/proc/{nginx}/task/{nginx}/children").read_text().split()
    return {child for child in children if title(child).startswith("nginx: worker process")}


def title(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended
        return ""


def administrator(statement):
    """The one value of a statement that the owner of the schema may not ask."""
    return run("mariadb", "--no-defaults", "-N", f"--socket={os.environ['DB_SOCKET']}", "-e", statement).stdout.strip()


class Traffic(Background):
    """Requests from several threads for as long as the block lasts; counts every status."""

    def __init__(self, path, threads=4, headers=None):
        super().__init__(threads)
        self.path, self.headers, self.statuses = path, headers, {}

    def work(self, _):
        while self.going:
            try:
                status = request("GET", self.path, headers=self.headers)[0]
            except OSError as problem:
                status = type(problem).__name__
            with self.lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1


class Bank(Background):
    """Charges, holds, payments and cancellations, every won accounted for, one run after the other for as long as
    the block lasts; what those said that failed or did not say what they `must`."""

    def __init__(self, program, seed, *options, must=""):
        super().__init__(1)
        self.command, self.seed, self.must = [program, "bank", *options, "--seed"], seed, must
        self.failures, self.runs = [], 0

    def work(self, _):
        while self.going:
            self.runs += 1
            done = run(*self.command, self.seed + self.runs)
            if done.returncode != 0 or self.must not in done.stdout:
                self.failures.append(done.stdout + done.stderr)


@contextlib.contextmanager
def changed_copy(function):
    """The same program with another content: bytes after an ELF file's end mean nothing to it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / function
        shutil.copy(STATE / "releases" / function / "current" / function, copy)
        with copy.open("ab") as file:
            file.write(os.urandom(16))
        yield copy
