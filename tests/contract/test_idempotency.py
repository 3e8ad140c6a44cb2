"""Idempotency-Key: the same key and the same request give the same answer, and the deed is done once."""
import unittest

import client
import contract
import database
import samples
import stage

IDEMPOTENT = samples.of(idempotent=True)


class EveryIdempotentOperation(unittest.TestCase):
    def changed(self, request):
        """Another body that would be a good one, too."""
        return {**request.body, "note": "another"}

    @samples.each(IDEMPOTENT)
    def test_a_repetition_gets_the_stored_answer_byte_for_byte(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        first = request.send(key=key)
        self.assertEqual(operation.successes(), [first.status], first)
        self.assertIsNone(first.header("Idempotent-Replayed"))
        for _ in range(2):
            again = request.send(key=key)
            self.assertEqual((first.status, first.body), (again.status, again.body))
            self.assertEqual("true", again.header("Idempotent-Replayed"))
            self.assertEqual(first.media_type, again.media_type)

    @samples.each(IDEMPOTENT)
    def test_the_same_key_with_another_request_is_refused(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        request.send(key=key)
        if operation.has_body:
            answer = request.send(key=key, body=self.changed(request))
        else:
            answer = request.send(key=key, path=request.path_with("reservationId", "987654321"))
        self.assertEqual((422, "IDEMPOTENCY_KEY_REUSED"), (answer.status, answer.name), answer)

    @samples.each(IDEMPOTENT)
    def test_a_key_that_cannot_be_one_is_refused(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        for key in ("x" * 129, "with space", "tab\there", "ключ".encode().decode("latin-1"), "é"):
            answer = request.send(key=key)
            self.assertEqual((400, "INVALID_FIELD"), (answer.status, answer.name), key)
            if "errorCode" not in answer.json:
                self.assertEqual("Idempotency-Key", answer.json["field"])
        self.assertEqual(operation.successes(), [request.send(key="k" * 128).status])

    @samples.each(IDEMPOTENT)
    def test_while_the_first_is_at_work_its_twin_is_told_to_come_again(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        with database.Session() as first:
            # What the first request's transaction has done before it commits.
            first.run("START TRANSACTION; INSERT INTO idempotency (user_id, endpoint, idempotency_key, "
                      "fingerprint, created_at) VALUES (%s, %s, %s, 'f', NOW(6))",
                      request.user.id, operation.function["binary"], key)
            answer = request.send(key=key)
            self.assertEqual((409, "REQUEST_IN_PROGRESS"), (answer.status, answer.name))
            self.assertEqual("1", answer.header("Retry-After"))
            first.run("ROLLBACK")
        self.assertEqual(operation.successes(), [request.send(key=key).status])

    @samples.each(IDEMPOTENT)
    def test_keys_are_each_users_own(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        self.assertEqual(operation.successes(), [request.send(key=key).status])
        other = samples.make(operation)
        answer = other.send(key=key)
        self.assertEqual(operation.successes(), [answer.status], answer)
        self.assertIsNone(answer.header("Idempotent-Replayed"))

    @samples.each(IDEMPOTENT)
    def test_a_replay_needs_the_credential(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        request.send(key=key)
        self.assertEqual(401, request.send(key=key, credential=False).status)

    @samples.each(IDEMPOTENT)
    def test_of_many_twins_at_once_one_does_the_deed(self, operation):
        request, key = samples.make(operation), stage.unique("key")
        answers = client.at_once(*[lambda: request.send(key=key)] * 8)
        good = [a for a in answers if [a.status] == operation.successes()]
        self.assertGreaterEqual(len(good), 1)
        self.assertEqual(1, len({a.body for a in good}))
        self.assertEqual(1, len([a for a in good if a.header("Idempotent-Replayed") is None]))
        self.assertLessEqual({a.name for a in answers}, {None, "REQUEST_IN_PROGRESS"})


class Deeds(unittest.TestCase):
    def test_a_charge_is_made_once(self):
        user, key = stage.User(), stage.unique("key")
        for _ in range(3):
            answer = client.patch(f"/api/{user.id}/charge", {"amount": 700}, access=user.access, key=key)
            self.assertEqual(700, answer.result["point"])
        self.assertEqual(700, user.balance())

    def test_the_answer_of_a_payment_can_be_had_when_the_place_is_over(self):
        concert = stage.Concert()
        for family in ("rest", "envelope"):
            user, key = stage.buyer(concert, 5000), stage.unique("key")
            reservation = user.must_hold(concert, 1 if family == "rest" else 2)

            def pay():
                if family == "rest":
                    return user.pay(reservation, key=key)
                return client.post(f"/api/{reservation}/payment", {"payAmount": 1000}, token=user.token, key=key)
            first, again = pay(), pay()
            self.assertLess(first.status, 300, first)
            self.assertEqual((first.status, first.body, "true"),
                             (again.status, again.body, again.header("Idempotent-Replayed")))
            self.assertEqual("COMPLETED", user.status().json["status"])
            self.assertEqual(4000, user.balance())

    def test_a_refusal_is_not_stored(self):
        concert, key = stage.Concert(), stage.unique("key")
        user = stage.buyer(concert)
        reservation = user.must_hold(concert, 1)
        self.assertEqual("INSUFFICIENT_BALANCE", user.pay(reservation, key=key).name)
        user.charge(1000)
        self.assertEqual(201, user.pay(reservation, key=key).status)

    def test_the_same_key_serves_another_endpoint(self):
        concert, key = stage.Concert(), stage.unique("key")
        user = stage.buyer(concert)
        self.assertEqual(200, client.patch(f"/api/{user.id}/charge", {"amount": 5000},
                                           access=user.access, key=key).status)
        held = user.hold(concert, 1, key=key)
        self.assertEqual(201, held.status, held)
        self.assertEqual(201, user.pay(held.json["reservationId"], key=key).status)

    def test_where_no_key_is_asked_for_it_is_ignored(self):
        name, key = stage.unique("name"), "x" * 200
        self.assertEqual(201, client.post("/api/v1/users", {"name": name}, key=key).status)
        self.assertEqual(409, client.post("/api/v1/users", {"name": name}, key=key).status)


if __name__ == "__main__":
    unittest.main()
