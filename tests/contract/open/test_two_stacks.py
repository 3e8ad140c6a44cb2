"""Two full stacks of functions behind one nginx over one database behave as one."""
import os
import pathlib
import re
import threading
import unittest

import client
import stage
import supervisor
# What holds on one stack holds on two: the same tests, each request on another stack.
from test_queue import Line, OnePlaceEach  # noqa: F401
from test_races import Races  # noqa: F401

STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])


def workers(name):
    """The pids of a function's workers, by stack."""
    out = {}
    for stack, pid in re.findall(rf"^([0-9])\.{name} .*pid=([0-9]+)", supervisor.tell("status"), re.M):
        out.setdefault(stack, set()).add(int(pid))
    return out


class TwoStacks(unittest.TestCase):
    def test_there_are_two_and_both_are_asked(self):
        slots = {stack: set(re.findall(rf"^{stack}\.v1-concert-list slot=([0-9]+)", supervisor.tell("status"), re.M))
                 for stack in "12"}

        def counted():
            """What each stack's workers have noted, as bytes: they change with every request."""
            return {stack: [(STATE / f"metrics/v1-concert-list.{slot}").read_bytes() for slot in sorted(numbers)]
                    for stack, numbers in slots.items()}
        before = counted()
        answers = {client.get("/api/v1/concerts?limit=1").body for _ in range(10)}
        after = counted()
        self.assertEqual(1, len(answers))
        for stack in "12":
            self.assertNotEqual(before[stack], after[stack], f"stack {stack} was not asked")

    def test_what_one_has_done_the_other_knows(self):
        # nginx alternates: every step of this is on another stack than the one before.
        concert = stage.Concert(queue=stage.line(capacity=1))
        for _ in range(4):
            user = stage.buyer(concert, 1000)
            key = stage.unique("key")
            first = user.hold(concert, 1, key=key)
            self.assertEqual(201, first.status, first)
            again = user.hold(concert, 1, key=key)
            self.assertEqual((first.body, "true"), (again.body, again.header("Idempotent-Replayed")))
            self.assertEqual("SEAT_TAKEN", user.hold(concert, 1).name)
            reservation = first.json["reservationId"]
            self.assertEqual("TEMPORARY_RESERVED", user.reservation(reservation).json["status"])
            waiting = stage.User()
            self.assertEqual(1, waiting.join(concert)["listNum"])
            self.assertEqual(201, user.pay(reservation).status)
            self.assertEqual("ACTIVATED", waiting.status().json["status"])
            self.assertEqual(200, user.cancel(reservation).status)
            self.assertEqual(204, client.delete("/api/v1/waiting-queues", token=waiting.token).status)

    def test_one_stack_is_replaced_while_the_other_and_it_go_on(self):
        user, stop, failed = stage.User(), threading.Event(), []
        charged = [0] * 4

        def charge(i):
            while not stop.is_set():
                answer = client.post(f"/api/v1/users/{user.id}/points/charge", {"amount": 1}, access=user.access)
                if answer.status != 200:
                    failed.append(answer)
                    return
                charged[i] += 1
            client.close()
        threads = [threading.Thread(target=charge, args=(i,)) for i in range(len(charged))]
        for thread in threads:
            thread.start()
        before = workers("v1-point-charge")
        for _ in range(3):
            supervisor.tell("recycle", "1.v1-point-charge")
        after = workers("v1-point-charge")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], failed)
        self.assertEqual(sum(charged), user.balance())
        self.assertEqual(set(), before["1"] & after["1"])
        self.assertEqual(before["2"], after["2"])


if __name__ == "__main__":
    unittest.main()
