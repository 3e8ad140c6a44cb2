"""boxofficectl as the tests call it, and a database of their own to call it on."""
import json
import os
import pathlib
import subprocess
import sys

PROGRAM = os.environ["BOXOFFICECTL"]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import database as support  # noqa: E402

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
    rows, complaint = support.ask(text, database=database)
    if complaint:
        raise AssertionError(f"{complaint}\n{text}")
    return rows


def create_database(name):
    sql(f"DROP DATABASE IF EXISTS {name};"
        f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def drop_database(name):
    sql(f"DROP DATABASE IF EXISTS {name}")
