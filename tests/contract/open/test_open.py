"""AUTH=open: both original systems' clients, which send no credential, work unchanged; the line is
kept all the same."""
import unittest

import authorization
import client
import contract
import database
import stage

# Callers whom nobody can tell from the right one any more, and one who is the right one.
UNPROVEN = ("no token", "forged: another key", "forged: alg none", "expired", "another user")


class Authorization(unittest.TestCase):
    def test_the_matrix_sees_that_nobody_is_asked_who_they_are_and_that_the_line_is_kept(self):
        kinds = (*UNPROVEN, "rightful", "waiting", "completed", "place removed")
        cells = list(authorization.observe(contract.OPERATIONS, kinds))
        table = {kind: authorization.TABLE[kind] for kind in kinds}
        self.assertEqual({(kind, access) for kind in UNPROVEN for access in ("name", "person")},
                         set(authorization.differences(cells, table)))


class RestSeed(unittest.TestCase):
    """A client of the REST family's original: its calls, its members, and nothing else."""

    def test_queue_list_reserve_charge_and_pay(self):
        user_id = 17  # of the sample
        answer = client.post("/api/v1/waiting-queues", {"userId": user_id})
        self.assertEqual(201, answer.status, answer)
        self.assertLessEqual({"id", "token", "joinedAt"}, set(answer.json))
        token = answer.json["token"]

        place = client.get("/api/v1/waiting-queues", token=token).json
        self.assertEqual((user_id, "ACTIVATED"), (place["userId"], place["status"]))

        sessions = client.get("/api/v1/concerts/1/sessions", token=token).json["sessions"]
        self.assertGreaterEqual(len(sessions), 3)
        self.assertLessEqual({"sessionId", "concertAt"}, set(sessions[0]))
        path = f"/api/v1/concerts/1/sessions/{sessions[0]['sessionId']}"

        seats = client.get(f"{path}/seats", token=token).json
        self.assertEqual(50, seats["totalSeatCount"])
        wanted = seats["availableSeats"][:2]
        self.assertLessEqual({"seatId", "number", "status", "price"}, set(wanted[0]))

        answer = client.post(f"{path}/reservations", token=token, body={
            "userId": user_id, "seatIds": [seat["seatId"] for seat in wanted]})
        self.assertEqual(201, answer.status, answer)
        price = sum(seat["price"] for seat in wanted)
        self.assertEqual(price, answer.json["totalPrice"])
        self.assertEqual([seat["seatId"] for seat in wanted],
                         [seat["seatId"] for seat in answer.json["reservedSeats"]])
        reservation = answer.json["reservationId"]

        answer = client.patch(f"/api/v1/users/{user_id}/points/charge", {"amount": price})
        self.assertEqual((200, price), (answer.status, answer.json["totalAmount"]))
        answer = client.post("/api/v1/payments", {"userId": user_id, "reservationId": reservation}, token=token)
        self.assertEqual((201, price, "PAID"),
                         (answer.status, answer.json["paymentAmount"], answer.json["status"]))
        self.assertIsInstance(answer.json["paymentId"], int)
        self.assertEqual(0, client.get(f"/api/v1/users/{user_id}/points").json["totalAmount"])
        self.assertEqual("COMPLETED", client.get("/api/v1/waiting-queues", token=token).json["status"])


class EnvelopeSeed(unittest.TestCase):
    def test_a_known_name_needs_no_password(self):
        first = client.post("/api/getToken", {"username": "testUser"}).result
        again = client.post("/api/getToken", {"username": "testUser"}).result
        self.assertEqual(first["token"], again["token"])

    def test_balances_need_no_token(self):
        user = stage.User()
        self.assertEqual(500, client.patch(f"/api/{user.id}/charge", {"amount": 500}).result["point"])
        self.assertEqual(500, client.get(f"/api/{user.id}").result["point"])
        self.assertEqual(1, len(client.get(f"/api/{user.id}/histories").result))


class Open(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert()

    def join(self, user):
        answer = client.post("/api/v1/waiting-queues", {"userId": user.id, "concertId": self.concert.id})
        self.assertEqual(201, answer.status, answer)
        user.token = answer.json["token"]
        return user

    def test_the_line_is_kept(self):
        database.sql("UPDATE queue SET capacity = 1 WHERE id = %s", self.concert.queue)
        self.join(stage.User())
        second = self.join(stage.User())
        for path in (f"/api/v1/concerts/{self.concert.id}/sessions", f"/api/booking/{self.concert.id}/list/time"):
            self.assertEqual("NOT_ADMITTED", client.get(path, token=second.token).name)
            self.assertEqual("TOKEN_MISSING", client.get(path).name)
            self.assertEqual("TOKEN_INVALID", client.get(path, token=second.access).name)

    def test_users_that_do_not_exist_are_not_found(self):
        ghost = 987654321
        for answer in (client.post("/api/v1/waiting-queues", {"userId": ghost}),
                       client.patch(f"/api/{ghost}/charge", {"amount": 1}), client.get(f"/api/{ghost}"),
                       client.get(f"/api/{ghost}/histories"), client.get(f"/api/v1/users/{ghost}/points"),
                       client.post(f"/api/v1/users/{ghost}/points/charge", {"amount": 1}),
                       client.get(f"/api/v1/users/{ghost}/reservations")):
            self.assertEqual((404, "USER_NOT_FOUND"), (answer.status, answer.name))

    def test_a_token_still_says_whose_place_it_is(self):
        user, other = self.join(stage.User()), stage.User()
        answer = client.post(f"{self.concert.path}/reservations", token=user.token, body={
            "userId": other.id, "seatIds": [self.concert.session.seat(1)]})
        self.assertEqual((403, "NOT_YOURS"), (answer.status, answer.name))

    def test_reservations_are_shown_and_cancelled_without_a_credential(self):
        user = self.join(stage.User())
        reservation = user.must_hold(self.concert, 1)
        self.assertEqual(user.id, client.get(f"/api/v1/reservations/{reservation}").json["userId"])
        self.assertEqual(1, len(client.get(f"/api/v1/users/{user.id}/reservations").json["reservations"]))
        self.assertEqual("CANCELED", client.delete(f"/api/v1/reservations/{reservation}").json["status"])

    def test_repetitions_are_safe_without_a_credential(self):
        user, key = self.join(stage.User()), stage.unique("key")
        reservation = user.must_hold(self.concert, 1)
        for path, body, method in ((f"/api/{user.id}/charge", {"amount": 5000}, "PATCH"),
                                   (f"/api/v1/reservations/{reservation}", client.NOTHING, "DELETE")):
            first, again = (client.call(method, path, body, key=key) for _ in range(2))
            self.assertEqual((200, first.body, "true"),
                             (again.status, again.body, again.header("Idempotent-Replayed")))
        self.assertEqual(5000, client.get(f"/api/{user.id}").result["point"])
        other = stage.User()
        self.assertEqual(7, client.patch(f"/api/{other.id}/charge", {"amount": 7}, key=key).result["point"])


if __name__ == "__main__":
    unittest.main()
