#!/usr/bin/env python3
"""No statement of the service reads a whole table or sorts rows, except those listed with a reason.

The statements are not listed here: the contract's tests ask every operation, the jobs run, and the
server writes down each statement that their accounts run, those inside procedures too, with the plan
that it took. The tables hold enough that a bad plan is taken as one.

Run by tests/support/with_stack.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/bench"), str(ROOT / "tests/support")]
import stack as stacks  # noqa: E402
import supervisor  # noqa: E402
import world  # noqa: E402

# Statements (as `shape` makes them) that may, and why.
MAY_SCAN = {
    r"^SELECT id FROM queue ORDER BY id$": "a job asks for every queue, and there are few",
}
# Tables that are no tables, or of one row: lists handed over as JSON, results of subselects, sequences.
NOT_A_TABLE = re.compile(r"^(<.*>|l|asked|NULL|ticket_number_\d+)$")
ENTRY = re.compile(r"^# User@Host: (?P<user>[\w-]+)\[", re.M)


def shape(statement):
    """Without its values, so that the same statement is one."""
    text = re.sub(r"'(?:[^'\\]|\\.|'')*'", "?", statement)
    text = text.replace("`", "")
    text = re.sub(r"ticket_number_\d+", "ticket_number_N", text)
    text = re.sub(r"\b\d+(\.\d+)?\b", "?", re.sub(r"\s+", " ", text)).strip().rstrip(";")
    return re.sub(r"\?(, ?\?)+", "?", text)


def plans(log):
    """Each statement's shape, and the lines of the plans that it had."""
    out = collections.defaultdict(set)
    for entry in re.split(r"^(?=# User@Host: )", log, flags=re.M)[1:]:
        if ENTRY.match(entry)["user"] == "root":
            continue
        explained = [line.split("\t") for line in re.findall(r"^# explain: (\d.*)$", entry, re.M)]
        text = "\n".join(line for line in entry.splitlines() if not line.startswith("#"))
        text = re.sub(r"^(use \w+;|SET timestamp=[\d.]+;)\s*", "", text, flags=re.M)
        text = text.split("\n# Time:")[0]
        if text.strip():
            out[shape(text)].update(map(tuple, explained))
    return out


def faults(lines):
    """What is wrong with a plan: id, select_type, table, type, possible_keys, key, key_len, ref, …"""
    out = []
    for line in lines:
        kind, table, how, extra = line[1], line[2], line[3], line[-1]
        if kind == "INSERT":  # what is inserted into is not read, though it is said to be
            continue
        if how in ("ALL", "index") and not NOT_A_TABLE.match(table) and "Table function" not in extra:
            out.append(f"reads all of {table} ({how})")
        if "filesort" in extra:
            out.append(f"sorts {table}")
    return out


class Plans(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stack = stacks.Stack(dict(os.environ))
        world.fill(cls.stack, 5_000, 5_000)
        cls.log = cls.stack.state / "log/plans.log"
        cls.stack.sql(f"""SET GLOBAL slow_query_log_file = '{cls.log}', GLOBAL long_query_time = 0,
GLOBAL log_slow_verbosity = 'query_plan,explain', GLOBAL log_slow_disabled_statements = '',
GLOBAL log_slow_rate_limit = 1, GLOBAL slow_query_log = 1""", admin=True)
        # Whoever is connected goes on with the settings from before.
        supervisor.recycle_functions()
        # What the tests ask the database themselves, they ask as its administrator.
        asked = subprocess.run([ROOT / "tests/contract/run", *cls.modules()], capture_output=True, text=True,
                               env={**os.environ, "DB_USER": "root"})
        assert asked.returncode == 0, asked.stderr[-3000:]
        for job in ("job-advance", "job-cleanup", "job-expire"):
            subprocess.run([cls.stack.state / "bin/job", job], check=True, capture_output=True)
        cls.stack.sql("SET GLOBAL slow_query_log = 0", admin=True)
        log = cls.log.read_text(errors="replace")
        cls.plans, cls.accounts = plans(log), set(ENTRY.findall(log))

    @staticmethod
    def modules():
        """Those that together ask every operation, well and badly, and do not take the database away."""
        return ["test_every_operation", "test_queue", "test_payment"]

    def test_the_statements_were_seen(self):
        words = collections.Counter(statement.split(" ", 1)[0] for statement in self.plans)
        self.assertGreater(len(self.plans), 60, words)
        for word in ("SELECT", "UPDATE", "INSERT", "DELETE"):
            self.assertGreater(words[word], 2, words)
        grants = [line.split()[0] for line in (ROOT / "deploy/grants.list").read_text().splitlines()
                  if not line.startswith("#")]
        self.assertEqual(set(), set(grants) - self.accounts, "never asked the database")

    def test_none_reads_a_whole_table_or_sorts(self):
        wrong = {statement: found for statement, lines in self.plans.items() if (found := faults(lines))
                 and not any(re.search(pattern, statement) for pattern in MAY_SCAN)}
        self.assertEqual("", "\n".join(f"{statement[:300]}: {found}" for statement, found in list(wrong.items())[:20]))

    def test_what_is_allowed_still_needs_to_be(self):
        bad = [statement for statement, lines in self.plans.items() if faults(lines)]
        unused = [pattern for pattern in MAY_SCAN if not any(re.search(pattern, s) for s in bad)]
        self.assertEqual([], unused)

    def test_a_bad_plan_is_seen(self):
        """The control: the same log and the same reading find a scan and a sort."""
        self.stack.sql("SET SESSION long_query_time = 0; SET GLOBAL slow_query_log = 1", admin=True)
        self.stack.sql("SELECT COUNT(*) FROM account WHERE email = 'nobody';"
                       "SELECT number FROM ticket WHERE queue_id = 1 ORDER BY jti LIMIT 1")
        self.stack.sql("SET GLOBAL slow_query_log = 0", admin=True)
        found = sum(map(faults, plans(self.log.read_text(errors="replace")).values()), [])
        self.assertIn("reads all of account (ALL)", found)
        self.assertIn("sorts ticket", found)


if __name__ == "__main__":
    unittest.main()
