"""What is not a rate against a ceiling: the whole journey, the stampede, cold starts, memory, and what
a transaction sends to the database."""
import json
import os
import pathlib
import statistics
import subprocess

import flows
import stack as stacks

# The best figures that systems of the same specification have published, requests a second on one
# small machine, of each step; and how many times that is aimed at.
RIVALS = {"join": 803, "hold": 188, "pay": 246, "charge": 478, "mixed": 2577}
TIMES_RIVALS = 10
COLD_START_MS = 10
RESIDENT_MB = 150
GROWTH = 0.01
VOLLEY_MS = 60


def journey(bench, small_date):
    """People whom nobody knows, from the door to the ticket, all steps one after another."""
    steps = [step.replace("{smallDate}", small_date) for step in flows.JOURNEY]
    closed = [bench.drive("journey", steps, "op") for _ in range(bench.sizes.slices)]
    rate = statistics.median(out["rate"] for out in closed)
    late = bench.drive("journey", steps, "op", rate=max(1, 0.6 * rate))
    return {"name": "journey", "rate": rate, "requests": rate * len(steps), "p50": late["p50"], "p99": late["p99"],
            "p999": late["p999"], "steps": late["steps"], "errors": late["errors"] + sum(o["errors"] for o in closed)}


def against_rivals(out):
    """Each step's rate beside the best published one."""
    rates = {row["name"]: row["rate"] for row in out["rows"]}
    mine = {"join": rates.get("getToken"), "hold": rates.get("hold"), "pay": rates.get("hold+pay"),
            "charge": rates.get("charge"), "mixed": out.get("journey", {}).get("requests")}
    return [{"step": step, "rate": mine[step], "best": best, "times": mine[step] / best}
            for step, best in RIVALS.items() if mine[step]]


def stampede(bench):
    """Everybody at one seat, all at the same moment: one gets it, all are told."""
    count, took, wrong = bench.sizes.volley, [], []
    head, *lines = bench.file("op").read_text().splitlines()
    columns = head.split("\t")
    for _ in range(bench.sizes.volleys):
        at = bench.cursors.get("op", 0)
        people = [line.split("\t") for line in lines[at:at + count]]
        bench.cursors["op"] = at + count
        for person in people[1:]:
            for column in ("session", "seat", "date"):
                person[columns.index(column)] = people[0][columns.index(column)]
        bench.write("volley", "\n".join([head, *map("\t".join, people)]))
        out = bench.stack.run("bench_driver", "--port", bench.stack.port, "--script",
                              bench.script("volley", flows.HOLD), "--rows", bench.file("volley"),
                              "--connections", count, "--volley", 1)
        took.append(out["ms"])
        if out["statuses"] != {"200": 1, "409": count - 1}:
            wrong.append(out["statuses"])
    return {"connections": count, "median_ms": statistics.median(took), "best_ms": min(took),
            "errors": len(wrong), "wrong": wrong}


def cold_starts(bench):
    """Of every function, the median of some starts, in milliseconds: in rounds of all of them, so that what
    disturbs the machine for a moment disturbs one start of each and not all of one."""
    took = {}
    for _ in range(bench.sizes.starts):
        for name in stacks.workers():
            took.setdefault(name, []).append(cold_start(bench, name))
    return {name: statistics.median(starts) for name, starts in took.items()}


def cold_start(bench, name):
    family, folder = name.split("-", 1)
    declared = stacks.ROOT / "functions" / family / folder.replace("-", "_") / "function.json"
    method = json.loads(declared.read_text())["methods"][0]
    program = bench.stack.state / "releases" / name / "current" / name
    done = subprocess.run([bench.stack.program("bench_coldstart"), program],
                          env={**bench.stack.env, "REQUEST_METHOD": method}, capture_output=True, text=True,
                          check=True)
    return float(done.stdout)


def memory(stack):
    """Of all workers of all functions: their share of what they map (PSS) and what is resident, in KiB.
    What is shared with one another counts once in the first, for each in the second."""
    pss = resident = processes = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if not os.readlink(process / "exe").startswith(f"{stack.state}/releases/"):
                continue
            fields = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
        except OSError:
            continue
        pss += int(fields["Pss"].split()[0])
        resident += int(fields["Rss"].split()[0])
        processes += 1
    return {"processes": processes, "pss_kb": pss, "resident_kb": resident}


def growth(bench, requests):
    """Of the functions' memory over so many polls, after as many as it takes to have seen everything."""
    size = len(bench.raw(flows.CHECK, "waiting"))
    bench.wrk("/api/check", "waiting", bench.stack.port, size)
    before, done = memory(bench.stack), 0
    while done < requests:
        done += bench.wrk("/api/check", "waiting", bench.stack.port, size)["done"]
    after = memory(bench.stack)
    return {"requests": done, "before": before, "after": after,
            "growth": after["resident_kb"] / before["resident_kb"] - 1}


COUNTED = {"getToken": ([flows.JOIN], "new"), "check": ([flows.CHECK], "waiting"), "dates": ([flows.DATES], "op"),
           "charge": ([flows.CHARGE], "op"), "hold": ([flows.HOLD], "op"), "hold+pay": ([flows.HOLD, flows.PAY], "op")}


def _counters(stack):
    now = stack.status()
    return {"round_trips": now["Questions"], "statements": now["Queries"], "commits": now["Com_commit"],
            "fsyncs": now["Innodb_os_log_fsyncs"] if "Innodb_os_log_fsyncs" in now else now["Innodb_data_fsyncs"],
            "rows_written": sum(now[f"Handler_{what}"] for what in ("write", "update", "delete")),
            "rows_read": sum(count for name, count in now.items() if name.startswith("Handler_read_")
                             and name not in ("Handler_read_retry",))}


def transactions(bench):
    """What one request of each kind costs the database, by the server's own counters."""
    seconds = 0.3 if bench.sizes.quick else 1
    for steps, rows in COUNTED.values():  # every worker has prepared what it needs
        bench.drive("warm", steps, rows, seconds=seconds, connections=8, loop=rows == "waiting")
    idle = _difference(_counters(bench.stack), _counters(bench.stack))  # what looking at them costs
    out = {}
    for name, (steps, rows) in COUNTED.items():
        before = _counters(bench.stack)
        done = bench.drive(name, steps, rows, seconds=seconds, connections=1,
                           loop=rows == "waiting")["done"]
        cost = _difference(before, _counters(bench.stack))
        out[name] = {what: (cost[what] - idle[what]) / max(1, done) for what in cost}
    return out


def _difference(before, after):
    return {name: after[name] - before[name] for name in before}
