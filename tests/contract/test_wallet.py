"""Balances: charges, their limits, and a history that adds up."""
import unittest

import client
import database
import stage

SIGN = {"CHARGE": 1, "REFUND": 1, "USE": -1}


class Wallet(unittest.TestCase):
    def setUp(self):
        self.user = stage.User()
        self.envelope = f"/api/{self.user.id}"
        self.rest = f"/api/v1/users/{self.user.id}/points"

    def test_a_new_user_has_nothing(self):
        self.assertEqual({"userId": self.user.id, "point": 0},
                         client.get(self.envelope, access=self.user.access).result)
        self.assertEqual(0, client.get(self.rest, access=self.user.access).json["totalAmount"])
        self.assertEqual([], client.get(self.envelope + "/histories", access=self.user.access).result)

    def test_the_scheme_of_a_credential_may_be_written_in_any_case(self):
        for scheme, status in (("Bearer", 200), ("bearer", 200), ("BEARER", 200), ("Basic", 401), ("Bearers", 401)):
            answer = client.get(self.rest, headers={"Authorization": f"{scheme} {self.user.access}"})
            self.assertEqual(status, answer.status, scheme)

    def test_both_families_charge_one_balance(self):
        answer = client.patch(self.envelope + "/charge", {"amount": 50000}, access=self.user.access)
        self.assertEqual({"userId": self.user.id, "point": 50000}, answer.result)
        for method, expected in (("PATCH", 50001), ("POST", 50002)):
            answer = client.call(method, self.rest + "/charge", {"amount": 1}, access=self.user.access)
            self.assertEqual((200, expected), (answer.status, answer.json["totalAmount"]))
        self.assertEqual(50002, client.get(self.envelope, access=self.user.access).result["point"])

    def test_the_largest_charge_and_one_more(self):
        self.assertEqual(10000000, self.user.charge(10000000)["totalAmount"])
        for path in (self.envelope + "/charge", self.rest + "/charge"):
            answer = client.patch(path, {"amount": 10000001}, access=self.user.access)
            self.assertEqual((400, "INVALID_AMOUNT"), (answer.status, answer.name))

    def test_the_balance_stops_at_its_limit(self):
        near = 1000000000 - 500
        database.sql("UPDATE account SET balance = %s WHERE id = %s; INSERT INTO ledger (user_id, kind, amount, "
                     "balance_after, created_at) VALUES (%s, 'CHARGE', %s, %s, NOW(6))",
                     near, self.user.id, self.user.id, near, near)
        answer = client.patch(self.rest + "/charge", {"amount": 501}, access=self.user.access)
        self.assertEqual((409, "BALANCE_LIMIT", near, 1000000000),
                         (answer.status, answer.name, answer.json["balance"], answer.json["balanceMax"]))
        for method, path in (("PATCH", self.envelope + "/charge"), ("POST", self.rest + "/charge")):
            answer = client.call(method, path, {"amount": 501}, access=self.user.access)
            self.assertEqual((409, "BALANCE_LIMIT"), (answer.status, answer.name))
        self.assertEqual(1000000000, self.user.charge(500)["totalAmount"])

    def test_the_history_adds_up_newest_first(self):
        concert = stage.Concert(price=700)
        self.user.join(concert)
        self.user.charge(1000)
        self.user.charge(2000)
        bought = self.user.must_hold(concert, 1)
        self.user.must_pay(bought)
        self.assertEqual(200, self.user.cancel(bought).status)
        envelope = client.get(self.envelope + "/histories", access=self.user.access).result
        self.assertEqual([("REFUND", 700), ("USE", 700), ("CHARGE", 2000), ("CHARGE", 1000)],
                         [(h["state"], h["amount"]) for h in envelope])
        self.assertEqual({self.user.id}, {h["userId"] for h in envelope})
        rest = client.get(self.rest + "/histories", access=self.user.access).json["histories"]
        self.assertEqual([3000, 2300, 3000, 1000], [h["balance"] for h in rest])
        self.assertEqual([h["id"] for h in envelope], [h["historyId"] for h in rest])
        self.assertEqual([bought, bought, None, None], [h["reservationId"] for h in rest])
        self.assertEqual([h["time"] for h in envelope], [h["createdAt"][:-6] for h in rest])
        self.assertEqual(3000, sum(SIGN[h["state"]] * h["amount"] for h in envelope))
        self.assertEqual(3000, self.user.balance())

    def test_the_history_is_paged(self):
        for amount in range(1, 8):
            self.user.charge(amount)
        pages, before = [], ""
        while before is not None:
            page = client.get(f"{self.rest}/histories?limit=3{before}", access=self.user.access).json
            pages.append([h["amount"] for h in page["histories"]])
            before = page["next"] and f"&before={page['next']}"
        self.assertEqual([[7, 6, 5], [4, 3, 2], [1]], [p for p in pages if p])
        first = client.get(self.envelope + "/histories?limit=2", access=self.user.access).result
        second = client.get(f"{self.envelope}/histories?limit=2&before={first[-1]['id']}",
                            access=self.user.access).result
        self.assertEqual([7, 6, 5, 4], [h["amount"] for h in first + second])
        for limit in (0, 101):
            answer = client.get(f"{self.rest}/histories?limit={limit}", access=self.user.access)
            self.assertEqual((400, "INVALID_FIELD"), (answer.status, answer.name))


if __name__ == "__main__":
    unittest.main()
