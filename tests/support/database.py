"""SQL through the mariadb client, so that tests move deadlines instead of waiting for them."""
import atexit
import contextlib
import os
import subprocess
import threading

_DONE = "-- all of it was run"
_COMMAND = ["mariadb", "--no-defaults", "--batch", "--raw", "--skip-column-names"]


def _command(*options, user=None, database=None, socket=None):
    return [*_COMMAND, f"--socket={socket or os.environ['DB_SOCKET']}",
            f"--user={user or os.environ['DB_USER']}", *options, database or os.environ["DB_NAME"]]


def _environment(password=None):
    if password is None:
        with open(os.environ["DB_PASSWORD_FILE"]) as file:
            password = file.read().strip()
    return {**os.environ, "MYSQL_PWD": password}


def ask(text, *options, password=None, **whom):
    """The rows of all the statements, as lists of texts, and what the client complained of; as anybody,
    of any database. A process of its own."""
    done = subprocess.run(_command(*options, **whom), input=text, env=_environment(password), text=True,
                          capture_output=True)
    return [line.split("\t") for line in done.stdout.splitlines()], done.stderr.strip()


def quote(value):
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def _text(statements, values):
    return statements % tuple(quote(value) for value in values) if values else statements


class Session:
    """A connection that stays open: to keep a lock while requests go on."""

    def __init__(self, **whom):
        self.process = subprocess.Popen(_command("--unbuffered", **whom), env=_environment(), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, statements, *values):
        """The rows of all the statements, as lists of texts; `%s` stands for a quoted value."""
        text, rows = _text(statements, values), []
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{text}\n; SELECT '{_DONE}';\n")
            self.process.stdin.flush()
        while (line := self.process.stdout.readline().removesuffix("\n")) != _DONE:
            if not line and self.process.poll() is not None:
                raise AssertionError(f"{self.process.stderr.read().strip()}\n{text}")
            rows.append(line.split("\t"))
        return rows

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()


# One connection for all that is asked one statement at a time: a process for each took as long as the
# rest of a test. An error ends it, and what it had begun.
_kept = []
_one_at_a_time = threading.Lock()


def close():
    """Before the server goes away, or once it has."""
    while _kept:
        _kept.pop().__exit__()


def sql(statements, *values):
    """The rows of all the statements, as lists of texts; `%s` stands for a quoted value."""
    with _one_at_a_time:
        if not _kept:
            _kept.append(Session())
        try:
            return _kept[0].run(statements, *values)
        except AssertionError:
            close()
            raise


def value(statements, *values):
    """The one value of the last row."""
    return sql(statements, *values)[-1][0]


atexit.register(close)
