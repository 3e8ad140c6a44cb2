"""The same with almost nothing in the database and with a season's worth: two stacks alive at the same
time, measured in turns, one connection each."""
import statistics
import subprocess
import threading

import flows
import rows
import stack as stacks
import world

GOAL = 1.10
PAST_CONCERT, PAST_SESSION = 1_000_000, 1_000_000


class Scale:
    def __init__(self, quick):
        self.concerts, self.waiting, self.inside = (10, 5_000, 6_000) if quick else (1_000, 1_000_000, 10_000)
        self.past = self.concerts * world.SEATS
        # Room for all of it in memory, and for what is loaded in the redo log.
        self.pool, self.redo_log = ("256M", 0) if quick else ("6144M", 4 << 30)
        self.turns, self.turn = (1, 0.3) if quick else (7, 0.8)


def past(stack, scale):
    """Sold-out concerts, each seat reserved and paid for by somebody who is now in the line again. The
    seats were free of charge, so that nobody needs to have charged a balance for them. Into empty
    tables, in the order of their keys, in two connections: InnoDB then builds whole pages."""
    if scale.redo_log:
        stack.sql(f"SET GLOBAL innodb_log_file_size = {scale.redo_log}", admin=True)
    begin = "SET unique_checks = 0, foreign_key_checks = 0, autocommit = 0, max_statement_time = 0;"
    last, people = scale.past - 1, scale.waiting
    user = f"{world.FIRST_WAITING + world.INSIDE_THE_LINE} + seq % {people}"
    session = f"{PAST_SESSION} + seq DIV {world.SEATS}"
    number = f"seq % {world.SEATS} + 1"
    then = "NOW(6) - INTERVAL 60 DAY"
    run_together(stack, [f"""{begin}
INSERT INTO reservation (id, user_id, concert_id, session_id, seat_count, total, status, created_at, hold_until)
  SELECT seq + 1, {user}, {PAST_CONCERT} + seq DIV {world.SEATS}, {session}, 1, 0, 'CONFIRMED', {then}, {then}
  FROM seq_0_to_{last}; COMMIT;
INSERT INTO reservation_seat (reservation_id, number, price) SELECT seq + 1, {number}, 0 FROM seq_0_to_{last};
COMMIT;""", f"""{begin}
INSERT INTO concert (id, name, queue_id, reservation_open_at, reservation_close_at)
  SELECT {PAST_CONCERT} + seq, CONCAT('past', seq), 1, {then}, {then} + INTERVAL 1 DAY
  FROM seq_0_to_{scale.concerts - 1};
INSERT INTO session (id, concert_id, starts_at, cancel_until, seat_count)
  SELECT {PAST_SESSION} + seq, {PAST_CONCERT} + seq, {then}, {then}, {world.SEATS} FROM seq_0_to_{scale.concerts - 1};
INSERT INTO payment (reservation_id, user_id, amount, status, paid_at)
  SELECT seq + 1, {user}, 0, 'PAID', {then} FROM seq_0_to_{last}; COMMIT;
INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
  SELECT {user}, 'USE', 0, 0, seq + 1, {then} FROM seq_0_to_{last}; COMMIT;
INSERT INTO seat (session_id, number, price, state, reservation_id)
  SELECT {session}, {number}, 0, 'SOLD', seq + 1 FROM seq_0_to_{last}; COMMIT;"""])
    for table in ("reservation", "reservation_seat", "payment", "ledger"):
        world.expect(stack, table, scale.past)


def run_together(stack, texts):
    failed = []

    def run(text):
        try:
            stack.sql(text)
        except (RuntimeError, subprocess.SubprocessError) as problem:
            failed.append(problem)
    threads = [threading.Thread(target=run, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


class Sizes(rows.Sizes):
    def __init__(self, quick, users, waiting):
        super().__init__(quick)
        self.users, self.waiting, self.newcomers = users, waiting, 40_000


OPERATIONS = {"poll": ([flows.CHECK], "waiting", True), "join": ([flows.JOIN], "new", False),
              "hold": ([flows.HOLD], "op", False), "hold+pay": ([flows.HOLD, flows.PAY], "op", False)}


def measure(quick, note):
    scale = Scale(quick)
    with stacks.started("256M") as small, stacks.started(scale.pool) as big:
        past(big, scale)
        benches = [rows.Bench(small, Sizes(quick, 12_000, 1_000)),
                   rows.Bench(big, Sizes(quick, scale.inside + 12_000, scale.waiting))]
        note(f"loaded: {scale.waiting:,} in line, {scale.past:,} past reservations")
        out = [compare(name, benches, scale, *what) for name, what in OPERATIONS.items()]
        jobs = [job(name, benches) for name in ("job-advance", "job-expire")]
        return {"rows": out, "jobs": jobs, "problems": sum((bench.problems for bench in benches), []),
                "waiting": scale.waiting, "past": scale.past, "concerts": scale.concerts}


def compare(name, benches, scale, steps, table, loop):
    found, errors = ([], []), 0
    for _ in range(scale.turns):
        for bench, latencies in zip(benches, found):
            out = bench.drive(name, steps, table, seconds=scale.turn, loop=loop, connections=1)
            latencies.append(out["p50"])
            errors += out["errors"]
    small, big = map(statistics.median, found)
    # Turn by turn, so that what the machine did meanwhile hit both.
    ratio = statistics.median(b / a for a, b in zip(*found))
    return {"name": name, "small": small, "big": big, "ratio": ratio, "goal": GOAL, "errors": errors}


LAPSED = 100


def job(name, benches):
    """Rows touched by a job that has nothing to do, and by one that has as much to do in both."""
    touched = []
    for bench in benches:
        settle(bench.stack, name)
        idle = rows_touched(bench.stack, name)
        if name == "job-expire":
            bench.stack.sql(f"""
CREATE TEMPORARY TABLE lapsed SELECT id FROM reservation WHERE status = 'HELD' ORDER BY id LIMIT {LAPSED};
UPDATE reservation r JOIN lapsed USING (id) SET r.hold_until = NOW(6) - INTERVAL 1 SECOND;
UPDATE lapsed l JOIN reservation_seat n ON n.reservation_id = l.id JOIN reservation r ON r.id = l.id
  JOIN seat s ON s.session_id = r.session_id AND s.number = n.number SET s.hold_until = NOW(6) - INTERVAL 1 SECOND;""")
        else:
            bench.stack.sql(f"UPDATE visit SET ends_at = NOW(6) - INTERVAL 1 SECOND WHERE queue_id = {world.LINE} "
                            f"ORDER BY number LIMIT {LAPSED}")
        touched.append((idle, rows_touched(bench.stack, name)))
    return {"name": name, "changed": LAPSED, "small_idle": touched[0][0], "big_idle": touched[1][0],
            "small": touched[0][1], "big": touched[1][1]}


def settle(stack, name):
    run_job(stack, name)
    run_job(stack, name)


def run_job(stack, name):
    subprocess.run([stack.state / "releases" / name / "current" / name], env=stack.env, check=True,
                   capture_output=True)


def handlers(stack):
    return sum(count for what, count in stack.status().items() if what.startswith("Handler_read_")
               or what in ("Handler_update", "Handler_delete", "Handler_write"))


def rows_touched(stack, name):
    looking = handlers(stack)
    looking = handlers(stack) - looking
    before = handlers(stack)
    run_job(stack, name)
    return handlers(stack) - before - looking
