"""The line: order, one place each, limits, leaving, progress."""
import datetime
import unittest

import client
import database
import stage
import tokens
from waiting import eventually


def instant(text):
    return datetime.datetime.fromisoformat(text)


class Line(unittest.TestCase):
    def setUp(self):
        self.line = stage.line(capacity=2)
        self.concert = stage.Concert(queue=self.line)

    def users(self, count):
        users = stage.people(count)
        for user in users:
            user.joined = user.join(self.concert)
        return users

    def states(self, users):
        return [(s["status"], s["waitingNumber"]) for s in (user.status().json for user in users)]

    def test_the_first_two_are_in_and_the_others_wait_in_order(self):
        users = self.users(5)
        self.assertEqual([("ACTIVATED", 0), ("ACTIVATED", 0), ("WAITING", 1), ("WAITING", 2), ("WAITING", 3)],
                         self.states(users))
        self.assertEqual([0, 0, 1, 2, 3], [user.joined["listNum"] for user in users])
        checked = [client.get("/api/check", token=user.token).result for user in users]
        self.assertEqual(["ACTIVATED"] * 2 + ["WAITING"] * 3, [c["state"] for c in checked])
        self.assertEqual([0, 0, 1, 2, 3], [c["listNum"] for c in checked])
        self.assertEqual([True, True, False, False, False], [c.get("expiresAt") is not None for c in checked])

    def test_both_families_stand_in_one_line(self):
        users = stage.people(4)
        for i, user in enumerate(users):
            if i % 2:
                user.join(self.concert)
            else:
                answer = client.post("/api/v1/waiting-queues", access=user.access,
                                     body={"userId": user.id, "concertId": self.concert.id})
                self.assertEqual(201, answer.status, answer)
                user.token = answer.json["token"]
        numbers = [tokens.read(user.token)["num"] for user in users]
        self.assertEqual(sorted(numbers), numbers)
        self.assertEqual([("ACTIVATED", 0)] * 2 + [("WAITING", 1), ("WAITING", 2)], self.states(users))

    def test_the_token_says_who_and_where(self):
        [user] = self.users(1)
        claims = tokens.read(user.token)
        self.assertEqual((user.uuid, user.id, self.line), (claims["sub"], claims["uid"], claims["que"]))
        self.assertGreaterEqual(claims["num"], 1)
        self.assertEqual(86400, claims["exp"] - claims["iat"])
        self.assertRegex(claims["jti"], r"^[0-9a-f-]{36}$")

    def test_asking_again_gives_the_same_place_and_the_same_token(self):
        for user in self.users(3):
            again = client.post("/api/v1/waiting-queues", {"userId": user.id, "concertId": self.concert.id},
                                access=user.access)
            self.assertEqual((201, user.token), (again.status, again.json["token"]))
            before = user.token
            self.assertEqual(user.joined["listNum"], user.join(self.concert)["listNum"])
            self.assertEqual(before, user.token)

    def test_a_place_given_up_while_waiting_moves_the_others_up(self):
        users = self.users(5)
        self.assertEqual(204, client.delete("/api/v1/waiting-queues", token=users[2].token).status)
        self.assertEqual(("EXPIRED", 0), self.states(users)[2])
        self.assertEqual("EXPIRED", client.get("/api/check", token=users[2].token).result["state"])
        self.assertEqual(204, client.delete("/api/v1/waiting-queues", token=users[0].token).status)
        self.assertEqual("ACTIVATED", self.states(users)[3][0])
        # A poll may be answered from a look that is a quarter of a second old; the gate never is.
        answer = client.get(f"/api/v1/concerts/{self.concert.id}/sessions", token=users[4].token)
        self.assertEqual(("NOT_ADMITTED", 1), (answer.name, answer.json["waitingNumber"]))

    def test_giving_up_twice_changes_nothing(self):
        users = self.users(3)
        for _ in range(2):
            self.assertEqual(204, client.delete("/api/v1/waiting-queues", token=users[0].token).status)
        self.assertEqual(["EXPIRED", "ACTIVATED", "ACTIVATED"], [s for s, _ in self.states(users)])
        self.assertNotEqual(users[0].token, users[0].join(self.concert)["token"])
        self.assertEqual(("WAITING", 1), self.states(users)[0])

    def test_paying_lets_the_next_one_in(self):
        users = self.users(3)
        users[0].charge(1000)
        users[0].must_pay(users[0].must_hold(self.concert, 1))
        self.assertEqual(["COMPLETED", "ACTIVATED", "ACTIVATED"], [s for s, _ in self.states(users)])

    def test_a_visit_that_ran_out_lets_the_next_one_in(self):
        users = self.users(3)
        stage.end_visit(users[1])
        self.assertEqual(["ACTIVATED", "EXPIRED", "ACTIVATED"], [s for s, _ in self.states(users)])
        old = users[1].token
        self.assertEqual("WAITING", users[1].join(self.concert)["state"])
        self.assertNotEqual(old, users[1].token)

    def test_the_claim_limit_ends_a_visit_that_nobody_uses(self):
        [user] = self.users(1)
        shown = user.status().json
        left = (instant(shown["expiresAt"]) - instant(shown["expectedAt"])).total_seconds()
        self.assertEqual(120, left)
        client.get(f"/api/booking/{self.concert.id}/list/time", token=user.token)
        shown = user.status().json
        self.assertEqual(600, (instant(shown["expiresAt"]) - instant(shown["expectedAt"])).total_seconds())

    def test_polling_does_not_claim_the_visit(self):
        [user] = self.users(1)
        ends = user.status().json["expiresAt"]
        client.get("/api/check", token=user.token)
        self.assertEqual(ends, user.status().json["expiresAt"])

    def test_the_visit_is_not_longer_for_being_used_more(self):
        [user] = self.users(1)
        path = f"/api/booking/{self.concert.id}/list/time"
        client.get(path, token=user.token)
        ends = user.status().json["expiresAt"]
        client.get(path, token=user.token)
        self.assertEqual(ends, user.status().json["expiresAt"])

    def test_a_paused_line_admits_nobody(self):
        database.sql("UPDATE queue SET paused = 1 WHERE id = %s", self.line)
        users = self.users(2)
        self.assertEqual([("WAITING", 1), ("WAITING", 2)], self.states(users))
        database.sql("UPDATE queue SET paused = 0 WHERE id = %s", self.line)
        self.assertEqual([("ACTIVATED", 0)] * 2, self.states(users))

    def test_a_larger_capacity_is_used_at_once(self):
        users = self.users(5)
        database.sql("UPDATE queue SET capacity = 4 WHERE id = %s", self.line)
        self.assertEqual([("ACTIVATED", 0)] * 4 + [("WAITING", 1)], self.states(users[::-1])[::-1])

    def test_a_smaller_capacity_throws_nobody_out(self):
        users = self.users(3)
        database.sql("UPDATE queue SET capacity = 1 WHERE id = %s", self.line)
        client.delete("/api/v1/waiting-queues", token=users[0].token)
        self.assertEqual(["EXPIRED", "ACTIVATED", "WAITING"], [s for s, _ in self.states(users)])
        client.delete("/api/v1/waiting-queues", token=users[1].token)
        self.assertEqual("ACTIVATED", self.states(users)[2][0])

    def test_those_who_wait_are_told_when(self):
        users = self.users(4)
        for number, user in ((1, users[2]), (2, users[3])):
            shown = user.status().json
            self.assertEqual("configured", shown["expectedBasis"])
            wait = (instant(shown["expectedAt"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
            # Two places of 600 s each: one person every 300 s.
            self.assertAlmostEqual(300 * number, wait, delta=5)
            self.assertTrue(1000 <= shown["pollAfterMs"] <= 37500)
            local = client.get("/api/check", token=user.token).result["expectedTime"]
            apart = instant(local).replace(tzinfo=stage.ZONE) - instant(shown["expectedAt"])
            self.assertLess(abs(apart.total_seconds()), 2)

    def test_the_expectation_follows_the_measured_rate(self):
        users = self.users(3)
        # As if ten a minute had been let in for two minutes.
        database.sql("UPDATE queue SET rate_per_minute = 10, measured_from = NOW(6) - INTERVAL 2 MINUTE, "
                     "measured_at = NOW(6) WHERE id = %s", self.line)
        shown = users[2].status().json
        self.assertEqual("measured", shown["expectedBasis"])
        wait = (instant(shown["expectedAt"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        self.assertTrue(3 < wait < 9, wait)

    def test_the_queue_of_a_concert_that_does_not_exist(self):
        user = stage.User()
        for answer in (
                client.post("/api/getToken", {"username": user.name, "concertId": 987654}, access=user.access),
                client.post("/api/v1/waiting-queues", {"userId": user.id, "concertId": 987654}, access=user.access),
                client.get("/api/v1/waiting-queues/progress?concertId=987654")):
            self.assertEqual((404, "CONCERT_NOT_FOUND"), (answer.status, answer.name))

    def test_the_place_answer_field_by_field(self):
        user = stage.User()
        answer = client.post("/api/v1/waiting-queues", {"userId": user.id, "concertId": self.concert.id},
                             access=user.access)
        joined = dict(answer.json)
        user.token = joined.pop("token")
        self.assertEqual(user.status().json, joined)
        self.assertEqual((user.id, "ACTIVATED", 0), (joined["userId"], joined["status"], joined["waitingNumber"]))
        self.assertEqual(tokens.read(user.token)["num"], joined["id"] % 10**10)


class Progress(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert(queue=stage.line(capacity=1))
        self.path = f"/api/v1/waiting-queues/progress?concertId={self.concert.id}"

    def fresh(self):
        """Past the shared cache: another query is another entry."""
        answer = client.get(f"{self.path}&t={stage.unique('t')}")
        self.assertEqual(200, answer.status, answer)
        return answer.json

    def test_it_counts_up_as_the_line_moves(self):
        seen = [self.fresh()]
        users = stage.people(3)
        for user in users:
            user.join(self.concert)
            seen.append(self.fresh())
        for user in users:
            client.delete("/api/v1/waiting-queues", token=user.token)
            seen.append(self.fresh())
        numbers = [tokens.read(user.token)["num"] for user in users]
        self.assertEqual(numbers[-1], seen[-1]["lastNumber"])
        self.assertEqual(numbers[-1], seen[-1]["servedNumber"])
        for name in ("servedNumber", "lastNumber", "asOf"):
            self.assertEqual(sorted(s[name] for s in seen), [s[name] for s in seen], name)

    def test_with_the_number_of_the_token_it_replaces_polling(self):
        users = stage.people(3)
        for user in users:
            user.join(self.concert)
            number, served = tokens.read(user.token)["num"], self.fresh()["servedNumber"]
            self.assertEqual(user.status().json["waitingNumber"], max(0, number - served))

    def test_it_is_shared_for_a_second(self):
        path = f"{self.path}&t={stage.unique('t')}"

        def shared():
            # Asked of the function, the second would be younger.
            first, again = client.get(path), client.get(path)
            self.assertEqual("public, max-age=1", again.header("Cache-Control"))
            self.assertNotEqual(first.header("X-Request-Id"), again.header("X-Request-Id"))
            return first.json["asOf"] == again.json["asOf"]
        self.assertTrue(eventually(shared))

    def test_an_error_is_not_shared(self):
        answer = client.get("/api/v1/waiting-queues/progress?concertId=0")
        self.assertEqual((400, "no-store"), (answer.status, answer.header("Cache-Control")))


class OnePlaceEach(unittest.TestCase):
    def test_64_parallel_asks_of_one_user_make_one_place(self):
        concert = stage.Concert(queue=stage.line(capacity=1))
        stage.User().join(concert)
        user = stage.User()
        answers = client.at_once(*[lambda: client.post(
            "/api/v1/waiting-queues", {"userId": user.id, "concertId": concert.id}, access=user.access)] * 32,
            *[lambda: client.post("/api/getToken", {"username": user.name, "concertId": concert.id},
                                  access=user.access)] * 32)
        given = {a.json["token"] if a.status == 201 else a.result["token"] for a in answers}
        self.assertEqual(1, len(given))
        self.assertEqual("1", database.value("SELECT COUNT(*) FROM ticket WHERE queue_id = %s AND user_id = %s",
                                             concert.queue, user.id))

    def test_a_crowd_gets_distinct_numbers_and_only_the_capacity_is_in(self):
        concert = stage.Concert(queue=stage.line(capacity=7))
        users = stage.people(60)
        client.at_once(*[lambda user=user: user.join(concert) for user in users])
        states = sorted((tokens.read(user.token)["num"], user.status().json["status"]) for user in users)
        self.assertEqual(60, len({number for number, _ in states}))
        self.assertEqual(["ACTIVATED"] * 7 + ["WAITING"] * 53, [state for _, state in states])


if __name__ == "__main__":
    unittest.main()
