"""boxofficectl as the tests call it, and a database of their own to call it on."""
import json
import os
import pathlib
import subprocess

PROGRAM = os.environ["BOXOFFICECTL"]
HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "sql" / "schema"


class Done:
    def __init__(self, completed):
        self.code, self.out, self.err = completed.returncode, completed.stdout, completed.stderr

    @property
    def json(self):
        return json.loads(self.out)


def run(*words, database=None, **settings):
    environment = {**os.environ, **settings}
    if database:
        environment["DB_NAME"] = database
    return Done(subprocess.run([PROGRAM, *map(str, words)], env=environment, text=True,
                               capture_output=True, timeout=60))


def sql(text, database=None):
    """Runs statements; the rows of all of them, as lists of texts."""
    with open(os.environ["DB_PASSWORD_FILE"]) as file:
        password = file.read().strip()
    done = subprocess.run(
        ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
         f"--socket={os.environ['DB_SOCKET']}", f"--user={os.environ['DB_USER']}",
         database or os.environ["DB_NAME"]],
        input=text, env={**os.environ, "MYSQL_PWD": password}, text=True, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"{done.stderr.strip()}\n{text}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def create_database(name):
    sql(f"DROP DATABASE IF EXISTS {name};"
        f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def drop_database(name):
    sql(f"DROP DATABASE IF EXISTS {name}")
