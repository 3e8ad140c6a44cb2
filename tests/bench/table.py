"""What was measured, for people."""
import os
import sys

import extras


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    return {"processors": os.cpu_count(), "model": model, "load": os.getloadavg()[0]}


def _micros(value):
    return f"{value / 1000:.1f} ms" if value >= 1000 else f"{value:.0f} µs"


def _cells(row):
    met = "" if row["goal"] is None else f"{row['goal']:.2f} " + ("met" if row["ratio"] >= row["goal"] else "MISSED")
    return [row["name"], f"{row['rate']:,.0f}/s", f"{row['ceiling']:,.0f}/s", f"{row['ratio']:.2f}", met,
            _micros(row["p50"]), _micros(row["p99"]), _micros(row["p999"]), str(row["errors"])]


HEAD = ["operation", "rate", "ceiling", "ratio", "goal", "p50", "p99", "p99.9", "errors"]


def progress(row):
    print("  ".join(_cells(row)), file=sys.stderr, flush=True)


def lines(head, cells):
    width = [max(len(line[i]) for line in [head, *cells]) for i in range(len(head))]

    def line(values):
        return "| " + " | ".join(value.ljust(width[i]) for i, value in enumerate(values)) + " |"
    return "\n".join([line(head), "|" + "|".join("-" * (w + 2) for w in width) + "|", *map(line, cells)])


def _within(value, limit):
    return f"(goal {limit}: {'met' if value <= limit else 'MISSED'})"


def _rivals(out):
    return lines(["step", "rate", "best published", "times"],
                 [[r["step"], f"{r['rate']:,.0f}/s", f"{r['best']:,}/s", f"{r['times']:.1f}"] for r in out["rivals"]])


def _journey(out):
    row = out["journey"]
    head = (f"whole journey: {row['rate']:,.0f}/s, {row['requests']:,.0f} requests/s; at 60 % of that "
            f"p50 {_micros(row['p50'])}, p99 {_micros(row['p99'])}, p99.9 {_micros(row['p999'])}, errors {row['errors']}")
    return head + "\n" + lines(["step", "p50", "p99", "p99.9"], [
        [name, _micros(step["p50"]), _micros(step["p99"]), _micros(step["p999"])] for name, step in row["steps"].items()])


def _stampede(out):
    row = out["stampede"]
    return (f"stampede: {row['connections']} connections at one seat, all answered in {row['median_ms']:.0f} ms "
            f"(best {row['best_ms']:.0f} ms) {_within(row['median_ms'], extras.VOLLEY_MS)}, errors {row['errors']}")


def _transactions(out):
    columns = ["round_trips", "statements", "commits", "rows_read", "rows_written", "fsyncs"]
    return lines(["one request of", *columns],
                 [[name, *(f"{cost[column]:.1f}" for column in columns)] for name, cost in out["transactions"].items()])


def _coldstart(out):
    slowest = max(out["coldstart"], key=out["coldstart"].get)
    worst = out["coldstart"][slowest]
    middle = sorted(out["coldstart"].values())[len(out["coldstart"]) // 2]
    return (f"cold start, exec to first byte as CGI: slowest {slowest} {worst:.1f} ms "
            f"{_within(worst, extras.COLD_START_MS)}, median of all {middle:.1f} ms")


def _memory(out):
    row = out["memory"]
    idle = row["idle"]["pss_kb"] / 1024
    return (f"memory of {row['idle']['processes']} workers: idle {idle:.0f} MB {_within(idle, extras.RESIDENT_MB)}, "
            f"under load {row['before']['pss_kb'] / 1024:.0f} MB, after {row['requests']:,} requests more "
            f"{row['growth']:+.2%} {_within(row['growth'], extras.GROWTH)}")


def _flat(out):
    row = out["flat"]
    head = (f"almost nothing in the database, and {row['waiting']:,} in line, {row['concerts']:,} concerts, "
            f"{row['past']:,} past reservations; medians, one connection")
    cells = [[r["name"], _micros(r["small"]), _micros(r["big"]), f"{r['ratio']:.2f}",
              f"{r['goal']:.2f} {'met' if r['ratio'] <= r['goal'] else 'MISSED'}", str(r["errors"])] for r in row["rows"]]
    jobs = [[r["name"], str(r["changed"]), f"{r['small_idle']:,}", f"{r['big_idle']:,}", f"{r['small']:,}",
             f"{r['big']:,}"] for r in row["jobs"]]
    return "\n\n".join([head, lines(["operation", "small", "big", "ratio", "goal", "errors"], cells),
                        lines(["job", "changes", "rows touched idle, small", "idle, big", "small", "big"], jobs)])


OTHERS = {"rivals": _rivals, "journey": _journey, "stampede": _stampede, "transactions": _transactions,
          "coldstart": _coldstart, "memory": _memory, "flat": _flat}


def text(out):
    parts = [f"{out['machine']['processors']} processors ({out['machine']['model']}), generator included; "
             f"{out['connections']} connections; latencies at {out['open_fraction']:.0%} of the rate, "
             f"from when each request was due", lines(HEAD, [_cells(row) for row in out["rows"]])]
    parts += [show(out) for name, show in OTHERS.items() if out.get(name)]
    parts += [f"note: {problem}" for problem in out["problems"]]
    parts.append(f"{out['seconds']} s")
    return "\n\n".join(parts)
