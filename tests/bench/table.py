"""What was measured, for people."""
import os
import sys


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


def text(out):
    parts = [f"{out['machine']['processors']} processors ({out['machine']['model']}), generator included; "
             f"{out['connections']} connections; latencies at {out['open_fraction']:.0%} of the rate, "
             f"from when each request was due", lines(HEAD, [_cells(row) for row in out["rows"]])]
    parts += [f"note: {problem}" for problem in out["problems"]]
    parts.append(f"{out['seconds']} s")
    return "\n\n".join(parts)
