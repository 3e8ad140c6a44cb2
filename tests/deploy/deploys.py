#!/usr/bin/env python3
"""deploys.py [--count N] [--seed N] [--races PROGRAM]: releases and rolls back one function after the
other, N times in all, while every operation is asked and money changes hands. Not one request may
fail. Ends with a control: a release that closes its socket, whose failures must be seen.

Runs under tests/support/with_stack."""
import argparse
import collections
import contextlib
import functools
import http.client
import os
import random
import subprocess
import sys
import time

from stack import ROOT, STATE, Bank, changed_copy, run

sys.path.insert(0, str(ROOT / "tests/support"))
import client  # noqa: E402
import contract  # noqa: E402
import samples  # noqa: E402
import stage  # noqa: E402
import supervisor  # noqa: E402
from background import Background  # noqa: E402
from waiting import eventually  # noqa: E402

THREADS = 6
PATIENCE_S = 15
DAY_S = 86_400


class Question:
    """A good request for one operation, and the status that it gets when it is asked again."""

    def __init__(self, operation):
        self.id = operation.id
        request = samples.make(operation)
        request.send()
        sent, real_send = [], client.send
        client.send = lambda *wire: sent.append(wire) or real_send(*wire)
        try:
            self.expected = request.send().status
        finally:
            client.send = real_send
        self.method, self.path, self.body, self.headers = sent[-1]
        assert self.expected < 500, (self.id, self.expected)

    def ask(self, connection):
        connection.request(self.method, self.path, body=self.body, headers=self.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


class Traffic(Background):
    """Every question in turn, from several threads, for as long as the block lasts."""

    def __init__(self, questions):
        super().__init__(THREADS)
        self.questions = questions
        self.asked, self.failures = collections.Counter(), collections.Counter()

    def work(self, first):
        connection = http.client.HTTPConnection(client.BASE.hostname, client.BASE.port, timeout=PATIENCE_S)
        turn = first * len(self.questions) // THREADS
        while self.going:
            question = self.questions[turn % len(self.questions)]
            turn += 1
            try:
                status = question.ask(connection)
            except (OSError, http.client.HTTPException) as problem:
                status = type(problem).__name__
                connection.close()
            with self.lock:
                self.asked[question.id] += 1
                if status != question.expected:
                    self.failures[question.id, status] += 1


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")


def deploy(names, count):
    for i in range(count):
        function = names[i // 2 % len(names)]
        link = STATE / "releases" / function / "current"
        before = os.readlink(link)
        if i % 2 == 0:
            with changed_copy(function) as copy:
                must(ROOT / "deploy/release", function, copy)
        else:
            must(ROOT / "deploy/rollback", function)
        if os.readlink(link) == before:
            raise SystemExit(f"{function} is what it was: {before}")


def is_taken_back():
    with contextlib.suppress(subprocess.CalledProcessError):
        supervisor.tell("reload")
        return True


def release_with_closed_socket(function):
    service = STATE / "services" / f"1.{function}"
    kept = service.read_text()
    service.unlink()
    supervisor.tell("reload")
    time.sleep(0.3)
    service.write_text(kept)
    if not eventually(is_taken_back):
        raise SystemExit(f"{function} is not taken back")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--count", type=int, default=4)
    arguments.add_argument("--seed", type=int, default=random.randrange(2**31))
    arguments.add_argument("--races", default=f"{os.environ.get('BOXOFFICE_BUILD', '')}/bin/races")
    given = arguments.parse_args()
    print(f"deploys: seed {given.seed}, count {given.count}", flush=True)
    # Nobody's visit ends before the last release.
    stage.line = functools.partial(stage.line, visit=DAY_S, claim=DAY_S)
    questions = [Question(operation) for operation in contract.OPERATIONS]
    names = supervisor.functions()
    random.Random(given.seed).shuffle(names)
    with Traffic(questions) as traffic, \
            Bank(given.races, given.seed, "--count", "200", "--clients", "4", must=" 0 retries") as bank:
        deploy(names, given.count)
    for (operation, status), times in sorted(traffic.failures.items(), key=str):
        print(f"WRONG: {operation} answered {status} {times} times")
    for failure in bank.failures[:3]:
        print(f"WRONG: {failure}")
    # Asked alone, so that somebody does ask while the socket is closed.
    asked = [question for question in questions if question.id == "concertList"]
    with Traffic(asked) as control:
        release_with_closed_socket("v1-concert-list")
    seen = sum(control.failures.values())
    if seen == 0:
        print("WRONG: the control, a release that closes its socket, was not seen")
    least = min(traffic.asked[question.id] for question in questions)
    failures = sum(traffic.failures.values()) + len(bank.failures)
    print(f"deploys: {given.count} releases and rollbacks over {min(len(names), (given.count + 1) // 2)} functions, "
          f"{sum(traffic.asked.values())} requests of {len(questions)} operations (each at least {least} times) "
          f"and {bank.runs} runs of the bank, {failures} failed; control: {seen} failures seen")
    return 0 if failures == 0 and seen > 0 and least > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
