"""The rows of the table. A rate is the median of slices that alternate with slices of the ceiling, so
that whatever else the machine does hits both alike."""
import json
import re
import statistics
import subprocess

import flows
import stack as stacks
import world

CONNECTIONS = 32
OPEN_FRACTION = 0.6       # of the closed rate: latencies are taken below saturation
SIZE_SLACK = 0.03         # answers of one kind differ in length by a digit or two
THREADS = (4, 8, 16, 32)  # of a bare database; the best is the ceiling


def is_whole(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return end and length and len(body) >= int(length[1])


class Sizes:
    def __init__(self, quick):
        self.quick = quick
        self.slices, self.slice, self.open = (1, 0.3, 0.5) if quick else (3, 2.0, 3.0)
        self.probe = 0.5
        self.users = 30_000 if quick else 240_000
        self.waiting = 20_000
        self.newcomers = 20_000 if quick else 200_000
        self.volley = 50 if quick else 500
        self.volleys = 2 if quick else 7
        self.starts = 3 if quick else 20


class Bench:
    def __init__(self, stack, sizes):
        self.stack, self.sizes = stack, sizes
        self.folder = stack.state / "bench"
        self.folder.mkdir(exist_ok=True)
        self.cursors = {}
        self.problems = []
        world.fill(stack, sizes.users, sizes.waiting)
        stack.sql((stacks.HERE / "ceilings.sql").read_text())
        half = sizes.users // 2
        world.buyers(stack, self.file("op"), 0, half, True)
        world.buyers(stack, self.file("ceiling"), half, half, False)
        world.waiters(stack, self.file("waiting"), sizes.waiting, 2000)
        world.newcomers(self.file("new"), "n", sizes.newcomers)
        world.newcomers(self.file("bare"), "b", sizes.newcomers)
        # Any of those inside who will not buy anything may look.
        lines = self.file("op").read_text().splitlines()
        self.write("looking", "\n".join(lines[:1] + lines[-200:]))
        for rows in ("looking", "waiting"):
            tokens = [line.split("\t")[-1] for line in self.file(rows).read_text().splitlines()[1:]]
            (self.folder / f"{rows}.tokens").write_text("\n".join(tokens) + "\n")

    def file(self, name):
        return self.folder / f"{name}.tsv"

    def write(self, name, text):
        self.file(name).write_text(text)

    def script(self, name, *steps):
        path = self.folder / f"{name}.flow"
        path.write_text(flows.script(*steps))
        return path

    def complain(self, what):
        self.problems.append(what)

    # ---- one slice each

    def drive(self, name, steps, rows, *, rate=0, seconds=None, port=None, loop=False, connections=CONNECTIONS):
        options = ["--port", port or self.stack.port, "--script", self.script(name, *steps),
                   "--rows", self.file(rows), "--connections", connections,
                   "--seconds", seconds or (self.sizes.open if rate else self.sizes.slice)]
        options += ["--rate", rate] if rate else []
        options += ["--loop", 1] if loop else ["--skip", self.cursors.get(rows, 0)]
        out = self.stack.run("bench_driver", *options)
        if not loop:
            self.cursors[rows] = self.cursors.get(rows, 0) + out["used"]
        if out["exhausted"]:
            self.complain(f"{name}: the rows of {rows} ran out; the slice was shorter")
        return out

    def bare(self, statements, rows, threads, seconds):
        path = self.folder / "statements.sql"
        path.write_text(statements + "\n")
        out = self.stack.run("bench_ceiling", "--rows", self.file(rows), "--sql", path, "--threads", threads,
                             "--seconds", seconds, "--skip", self.cursors.get(rows, 0))
        self.cursors[rows] = self.cursors.get(rows, 0) + out["used"]
        if out["errors"]:
            self.complain(f"ceiling: {out['errors']} errors")
        if out["exhausted"]:
            self.complain(f"ceiling: the rows of {rows} ran out; the slice was shorter")
        return out

    def wrk(self, path, tokens, port, size):
        done = subprocess.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{max(1, round(self.sizes.slice))}s", "-s",
                               stacks.HERE / "get.lua", f"http://127.0.0.1:{port}", "--", path,
                               self.folder / f"{tokens}.tokens"], capture_output=True, text=True, check=True)
        out = json.loads(done.stdout.splitlines()[-1])
        each = out["bytes"] / max(1, out["done"])
        if abs(each - size) > SIZE_SLACK * size:
            self.complain(f"{path}: {each:.0f} bytes an answer instead of {size}")
            out["errors"] += out["done"]
        return out

    # ---- rows

    def alternate(self, name, ceiling, operation, goal, latencies):
        """ceiling, operation, ceiling, operation …; then latencies at a fixed rate."""
        above, ours, errors = [], [], 0
        for _ in range(self.sizes.slices):
            above.append(ceiling()["rate"])
            slice_ = operation()
            ours.append(slice_["rate"])
            errors += slice_["errors"]
        rate, top = statistics.median(ours), statistics.median(above)
        late = latencies(max(1, OPEN_FRACTION * rate))
        return {"name": name, "rate": rate, "ceiling": top, "ratio": rate / top, "goal": goal,
                "p50": late["p50"], "p99": late["p99"], "p999": late["p999"], "open_rate": OPEN_FRACTION * rate,
                "errors": errors + late["errors"], "slices": ours, "ceiling_slices": above}

    def reading(self, name, step, rows, goal, function):
        """An operation that changes nothing, by wrk; the ceiling is the same answer as a constant."""
        path = step.split("\n----\n")[1].split(" ", 2)[1]
        raw = self.raw(step, rows)
        head, body = raw.split(b"\r\n\r\n", 1)
        size = len(raw)
        kept = [line for line in head.split(b"\r\n") if line.lower().startswith((b"content-type", b"content-length"))]
        constant = b"Status: 200 OK\r\n" + b"".join(line + b"\r\n" for line in kept) + b"\r\n" + body
        answers = {function: constant} if function else {}
        target = path if function else "/constant"
        with stacks.ceiling_nginx(self.stack, answers, body if not function else b"{}") as port:
            above = len(self.raw(step, rows, port, target))
            return self.alternate(
                name, lambda: self.wrk(target, rows, port, above), lambda: self.wrk(path, rows, self.stack.port, size),
                goal, lambda rate: self.drive(name, [step], rows, rate=rate, loop=True))

    def raw(self, step, rows, port=None, path=None):
        """The bytes of one answer, head and all."""
        import socket
        token = self.file(rows).read_text().splitlines()[1].split("\t")[-1]
        target = path or step.split("\n----\n")[1].split(" ", 2)[1]
        with socket.create_connection(("127.0.0.1", port or self.stack.port)) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\ntoken: {token}\r\n"
                           "Accept: application/json\r\nConnection: keep-alive\r\n\r\n".encode())
            got = b""
            client.settimeout(0.5)
            try:
                while not is_whole(got) and (chunk := client.recv(65536)):
                    got += chunk
            except TimeoutError:
                pass
        return got

    def best_threads(self, statements, rows):
        if self.sizes.quick:
            return THREADS[1]
        rates = {threads: self.bare(statements, rows, threads, self.sizes.probe)["rate"] for threads in THREADS}
        return max(rates, key=rates.get)

    def writing(self, name, steps, rows, statements, bare_rows, goal):
        """An operation that changes something; the ceiling is the same work on the bare database."""
        threads = self.best_threads(statements, bare_rows)
        out = self.alternate(
            name, lambda: self.bare(statements, bare_rows, threads, self.sizes.slice),
            lambda: self.drive(name, steps, rows), goal, lambda rate: self.drive(name, steps, rows, rate=rate))
        return {**out, "threads": threads}
