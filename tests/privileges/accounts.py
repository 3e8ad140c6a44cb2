"""The database accounts of functions and jobs: what they were given, what they asked for, and what the
server lets them do. The server is the judge: nothing here reads SQL."""
import collections
import getpass
import os
import pathlib
import re
import subprocess

import database
import supervisor

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
DATABASE = os.environ["DB_NAME"]
# "... command denied", for a table, its columns, a routine, a database, everything.
DENIED = {1142, 1143, 1370, 1044, 1045, 1227}


def client(user, text, password=None):
    """Runs every statement, whatever becomes of the ones before. The rows, and the errors as they are told."""
    return database.ask(text, "--force", user=user, password=password or "")


def admin(text):
    rows, errors = client(getpass.getuser(), text)
    assert not errors, f"{errors}\n{text}"
    return rows


def names():
    """Every function and job."""
    return sorted(supervisor.functions() +
                  [f"job-{folder.name}" for folder in (ROOT / "functions/jobs").iterdir() if folder.is_dir()])


def declared():
    """{account: {(privilege, name)}}, for every account."""
    out = {name: set() for name in names()}
    for line in (ROOT / "deploy/grants.list").read_text().splitlines():
        if not line.startswith("#"):
            account, privilege, name = line.split()
            out[account].add((privilege, name))
    return out


def present(account):
    """What SHOW GRANTS says, level by level: what is not about one table or procedure stands as it is."""
    out = set()
    for [line] in admin(f"SHOW GRANTS FOR `{account}`@localhost"):
        found = re.match(rf"GRANT (.*) ON (PROCEDURE )?`{DATABASE}`\.`(\w+)` TO", line)
        if found:
            out |= {(privilege, found[3]) for privilege in found[1].split(", ")}
        elif not line.startswith("GRANT USAGE ON *.* TO"):
            out.add(line)
    return out


def attempt(statement):
    """Carried out and rolled back: some privileges the server judges no earlier."""
    return f"START TRANSACTION; {statement.replace('?', '1')}; ROLLBACK"


def refused(account, statements):
    """Those that the account may not carry out."""
    password = (STATE / "secrets/accounts" / account).read_text()
    # One a line, so that an error's line says whose it is.
    text = "".join(attempt(statement) + ";\n" for statement in statements)
    _, errors = client(account, text, password)
    out = []
    for number, line in re.findall(r"^ERROR (\d+) \(\w+\)(?: at line (\d+))?", errors, re.M):
        if int(number) in DENIED:
            # Without any grant, an account may not even enter the database.
            out += [statements[int(line) - 1]] if line else statements
    return out


class Administrator(database.Session):
    """A connection that stays open, because a process for each of hundreds of grants takes its time."""

    def __init__(self):
        super().__init__(user=getpass.getuser())

    def change(self, verb, account, grant):
        privilege, name = grant
        kind = "PROCEDURE" if privilege == "EXECUTE" else "TABLE"
        self.run(f"{verb} {privilege} ON {kind} `{name}` {'TO' if verb == 'GRANT' else 'FROM'} "
                 f"`{account}`@localhost")


def change(verb, account, grant):
    with Administrator() as administrator:
        administrator.change(verb, account, grant)


def superfluous(account, statements):
    """The grants without which the account could do all that it asked for just the same."""
    out = set()
    with Administrator() as administrator:
        for grant in present(account):
            administrator.change("REVOKE", account, grant)
            if not refused(account, statements):
                out.add(grant)
            administrator.change("GRANT", account, grant)
    return out


class Watch:
    """While it is on, the server notes every statement that is prepared, and for whom."""

    def __enter__(self):
        admin("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1")
        # Workers keep what they have prepared: new ones prepare everything anew.
        supervisor.recycle_functions()
        return self

    def __exit__(self, *_):
        admin("SET GLOBAL general_log = 0")
        self.statements = collections.defaultdict(list)
        for user, text in admin("SELECT DISTINCT SUBSTRING_INDEX(user_host, '[', 1), REPLACE(argument, '\\n', ' ') "
                                "FROM mysql.general_log WHERE command_type = 'Prepare'"):
            if user in names():  # and not what the tests prepare themselves
                self.statements[user].append(text)


def run_job(name):
    done = subprocess.run([STATE / "bin/job", name], capture_output=True, text=True)
    assert done.returncode == 0, (STATE / "log/jobs.log").read_text()[-1000:]
