"""SQL through the mariadb client, so that tests move deadlines instead of waiting for them."""
import os
import subprocess

_COMMAND = ["mariadb", "--no-defaults", "--batch", "--raw", "--skip-column-names"]


def _command():
    return [*_COMMAND, f"--socket={os.environ['DB_SOCKET']}", f"--user={os.environ['DB_USER']}",
            os.environ["DB_NAME"]]


def _environment():
    with open(os.environ["DB_PASSWORD_FILE"]) as file:
        return {**os.environ, "MYSQL_PWD": file.read().strip()}


def quote(value):
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def sql(statements, *values):
    """The rows of all the statements, as lists of texts; `%s` stands for a quoted value."""
    text = statements % tuple(quote(value) for value in values) if values else statements
    done = subprocess.run(_command(), input=text, env=_environment(), text=True, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"{done.stderr.strip()}\n{text}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def value(statements, *values):
    """The one value of the last row."""
    return sql(statements, *values)[-1][0]


class Session:
    """A connection that stays open: to keep a lock while requests go on."""

    def __init__(self):
        self.process = subprocess.Popen([*_command(), "--unbuffered"], env=_environment(), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, statements, *values):
        text = statements % tuple(quote(value) for value in values) if values else statements
        self.process.stdin.write(text + "; SELECT 'done';\n")
        self.process.stdin.flush()
        while (line := self.process.stdout.readline().strip()) != "done":
            if not line and self.process.poll() is not None:
                raise AssertionError(f"the session ended at: {text}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
