#!/usr/bin/env python3
"""backups.py [--count N] [--seed N] [--races PROGRAM]: N times, at random moments of a sale, the
backup that README.md gives is taken and restored on a stack of its own, with the very lines that stand
there. All that was acknowledged before it began is there, nothing that was asked after its end, every
invariant holds, tokens are valid, and the sale goes on where it was. Ends with a control: a backup
that is no snapshot, of which the audit must complain.

Runs under tests/support/with_stack."""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

from stack import ROOT, STATE, Bank

sys.path.insert(0, str(ROOT / "tests/support"))
import client  # noqa: E402
import stage  # noqa: E402
from background import Background  # noqa: E402

DAY_S = 86_400
BLOCK = r"```sh\n(.*?)```"
BACKUP, RESTORE = re.search(rf"\n\*\*Backup\*\*.*?{BLOCK}.*?{BLOCK}", (ROOT / "README.md").read_text(),
                            re.DOTALL).groups()
SNAPSHOT = "--single-transaction"
LOOKS = 200
CONTROLS_MAX = 5
NUMBERS_KEPT = 100  # what a sequence has in memory is passed over after a restart


class Regulars(Background):
    """Somebody charges a won at a time, and fans get in line behind each other, each knowing their place."""

    def __init__(self):
        super().__init__(2)
        self.user, self.charges_asked, self.charges = stage.User(), 0, 0
        self.concert = stage.Concert(queue=stage.line(capacity=1, claim=DAY_S, visit=DAY_S))
        self.places_asked, self.places = 0, []

    def work(self, i):
        while self.going:
            (self.charge if i == 0 else self.join)()

    def charge(self):
        self.charges_asked += 1
        self.user.charge(1)
        self.charges += 1

    def join(self):
        self.places_asked += 1
        answer = client.post("/api/getToken", {"username": stage.unique("fan"), "concertId": self.concert.id})
        assert answer.status == 200, answer
        self.places.append((answer.result["token"], answer.result["listNum"]))


def carry_out(lines, folder):
    """Lines of README.md, with what they read and write in this folder and not in the project's."""
    state = pathlib.Path(folder, ".boxoffice")
    state.unlink(missing_ok=True)
    state.symlink_to(STATE)
    return subprocess.run(["bash", "-euc", lines.replace("deploy/", f"{ROOT}/deploy/")], cwd=folder,
                          capture_output=True, text=True)


def backup(given, chance, lines):
    """The folder with a backup out of the midst of a sale, and with what must be in it."""
    folder = tempfile.TemporaryDirectory(prefix="bo.", dir="/tmp")
    with Regulars() as regulars, Bank(given.races, chance.randrange(2**31), "--count", "1000") as bank:
        time.sleep(chance.uniform(1, 3))  # any moment will do
        known = {"user": regulars.user.id, "access": regulars.user.access, "concert": regulars.concert.id,
                 "charges": regulars.charges, "places": list(regulars.places)}
        taken = carry_out(lines, folder.name)
        known |= {"charges_asked": regulars.charges_asked, "places_asked": regulars.places_asked}
    for complaint in bank.failures + ([] if taken.returncode == 0 else [taken.stdout + taken.stderr]):
        raise SystemExit(f"no backup of a sale that goes well: {complaint}")
    pathlib.Path(folder.name, "token.key").write_bytes((STATE / "secrets/token.key").read_bytes())
    pathlib.Path(folder.name, "known.json").write_text(json.dumps(known))
    return folder, known


def restore(folder, races):
    """On a stack of its own: this program again, with what is said below. Its complaints, none where all is well."""
    done = subprocess.run([ROOT / "tests/support/with_stack", __file__, "--restore", folder, "--races", races],
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def look(folder, races):
    """What is wrong with what has been restored here, as a text for each."""
    restored = carry_out(RESTORE, folder)  # its last line is the audit
    if restored.returncode != 0:
        return [f"restoring: {restored.stdout}{restored.stderr}"]
    known = json.loads(pathlib.Path(folder, "known.json").read_text())
    wrong = []
    answer = client.get(f"/api/v1/users/{known['user']}/points", access=known["access"])
    if answer.status != 200 or not known["charges"] <= answer.json["totalAmount"] <= known["charges_asked"]:
        wrong.append(f"of {known['charges']} won, and {known['charges_asked']} asked for, there are: {answer}")
    for token, place in known["places"][-LOOKS:]:
        answer = client.get("/api/check", token=token)
        if answer.status != 200 or answer.result["listNum"] != place:
            wrong.append(f"who was at {place} is told: {answer}")
    asked = known["places_asked"] - len(known["places"])
    answer = client.post("/api/getToken", {"username": stage.unique("late"), "concertId": known["concert"]})
    if answer.status != 200 or not 0 <= answer.result["listNum"] - len(known["places"]) <= asked + NUMBERS_KEPT:
        wrong.append(f"behind {len(known['places'])} others, and at most {asked} more: {answer}")
    done = subprocess.run([races, "bank", "--count", "500"], capture_output=True, text=True)
    if done.returncode != 0:
        wrong.append(f"the sale does not go on: {done.stdout}{done.stderr}")
    return wrong


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--count", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=random.randrange(2**31))
    arguments.add_argument("--races", default=f"{os.environ.get('BOXOFFICE_BUILD', '')}/bin/races")
    arguments.add_argument("--restore", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.restore:
        wrong = look(given.restore, given.races)
        print(*wrong, sep="\n")
        return 1 if wrong else 0
    print(f"backups: seed {given.seed}, count {given.count}", flush=True)
    chance = random.Random(given.seed)
    failures, charges, places = [], 0, 0
    for i in range(given.count):
        folder, known = backup(given, chance, BACKUP)
        with folder:
            failures += [f"backup {i}: {complaint}" for complaint in [restore(folder.name, given.races)] if complaint]
        charges, places = charges + known["charges"], places + len(known["places"])
    control = []
    for _ in range(CONTROLS_MAX):
        folder, _known = backup(given, chance, BACKUP.replace(SNAPSHOT, "--skip-lock-tables"))
        with folder:
            control = re.findall(r"^BROKEN +(\w+):", restore(folder.name, given.races), re.MULTILINE)
        if control:
            break
    for failure in failures[:3]:
        print(f"WRONG: {failure}")
    print(f"backups: {given.count} restored with {charges} charges and {places} places that were known, "
          f"{len(failures)} wrong; control: {', '.join(control) or 'not seen'}")
    return 0 if not failures and control else 1


if __name__ == "__main__":
    sys.exit(main())
