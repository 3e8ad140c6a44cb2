"""Payment, cancellation and refund."""
import unittest

import client
import database
import stage


class Payment(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert(price=1500)
        self.user = stage.buyer(self.concert, 10000)

    def seat_state(self, number):
        return database.value("SELECT state FROM seat WHERE session_id = %s AND number = %s",
                              self.concert.session.id, number)

    def test_the_rest_answer_field_by_field(self):
        reservation = self.user.must_hold(self.concert, 1, 2)
        paid = self.user.must_pay(reservation)
        self.assertEqual((reservation, 3000, "PAID", 7000),
                         (paid["reservationId"], paid["paymentAmount"], paid["status"], paid["balance"]))
        shown = self.user.reservation(reservation).json
        self.assertEqual(("CONFIRMED", paid["paymentId"], paid["paidAt"]),
                         (shown["status"], shown["paymentId"], shown["paidAt"]))
        self.assertEqual(("SOLD", "SOLD"), (self.seat_state(1), self.seat_state(2)))
        self.assertEqual(7000, self.user.balance())

    def test_the_envelope_answer_field_by_field(self):
        reservation = self.user.must_hold(self.concert, 1)
        answer = client.post(f"/api/{reservation}/payment", {"payAmount": 1500}, token=self.user.token)
        self.assertEqual(200, answer.status, answer)
        self.assertEqual((reservation, 1500), (answer.result["reservationId"], answer.result["payAmount"]))
        shown = self.user.reservation(reservation).json
        self.assertEqual((answer.result["id"], answer.result["payAt"]), (shown["paymentId"], shown["paidAt"][:-6]))

    def test_paying_completes_the_place(self):
        self.user.must_pay(self.user.must_hold(self.concert, 1))
        self.assertEqual(("COMPLETED", 0), ((s := self.user.status().json)["status"], s["waitingNumber"]))
        check = client.get("/api/check", token=self.user.token).result
        self.assertEqual(("COMPLETED", 0), (check["state"], check["listNum"]))
        answer = client.get(f"/api/booking/{self.concert.id}/list/time", token=self.user.token)
        self.assertEqual((403, "PLACE_EXPIRED"), (answer.status, answer.name))
        self.assertEqual("ACTIVATED", self.user.join(self.concert)["state"])

    def test_a_second_payment_from_a_new_place_is_refused(self):
        reservation = self.user.must_hold(self.concert, 1)
        self.user.must_pay(reservation)
        self.user.join(self.concert)
        for answer in (self.user.pay(reservation), client.post(
                f"/api/{reservation}/payment", {"payAmount": 1500}, token=self.user.token)):
            self.assertEqual((409, "ALREADY_PAID"), (answer.status, answer.name))
        self.assertEqual(8500, self.user.balance())

    def test_another_amount_than_the_price_is_refused(self):
        reservation = self.user.must_hold(self.concert, 1)
        for amount in (0, 1499, 1501):
            answer = client.post(f"/api/{reservation}/payment", {"payAmount": amount}, token=self.user.token)
            self.assertEqual((409, "PRICE_MISMATCH"), (answer.status, answer.name))
            self.assertIn("1500", answer.json["detail"])
        self.assertEqual(10000, self.user.balance())

    def test_a_balance_that_does_not_suffice_keeps_the_hold(self):
        poor = stage.buyer(self.concert, 1499)
        reservation = poor.must_hold(self.concert, 3)
        answer = poor.pay(reservation)
        self.assertEqual((409, "INSUFFICIENT_BALANCE", 1500, 1499),
                         (answer.status, answer.name, answer.json["price"], answer.json["balance"]))
        answer = client.post(f"/api/{reservation}/payment", {"payAmount": 1500}, token=poor.token)
        self.assertEqual((409, "INSUFFICIENT_BALANCE"), (answer.status, answer.name))
        poor.charge(1)
        self.assertEqual(0, poor.must_pay(reservation)["balance"])

    def test_a_free_seat_is_paid_with_nothing(self):
        concert = stage.Concert(price=0)
        user = stage.buyer(concert)
        self.assertEqual(0, user.must_pay(user.must_hold(concert, 1))["paymentAmount"])

    def test_another_users_id_in_the_body_is_refused(self):
        reservation = self.user.must_hold(self.concert, 1)
        answer = client.post("/api/v1/payments", {"userId": stage.User().id, "reservationId": reservation},
                             token=self.user.token)
        self.assertEqual((403, "NOT_YOURS"), (answer.status, answer.name))


class Cancellation(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert(price=1500)
        self.user = stage.buyer(self.concert, 10000)
        self.reservation = self.user.must_hold(self.concert, 1, 2)
        self.user.must_pay(self.reservation)

    def test_a_paid_reservation_is_refunded_once(self):
        answer = self.user.cancel(self.reservation)
        self.assertEqual((200, "CANCELED", 3000),
                         (answer.status, answer.json["status"], answer.json["refundedAmount"]))
        self.assertEqual(10000, self.user.balance())
        again = self.user.cancel(self.reservation)
        self.assertEqual((409, "NOT_CANCELLABLE"), (again.status, again.name))
        self.assertEqual(10000, self.user.balance())
        stage.buyer(self.concert).must_hold(self.concert, 1, 2)

    def test_after_the_deadline_nothing_is_refunded(self):
        database.sql("UPDATE session SET cancel_until = NOW(6) WHERE id = %s", self.concert.session.id)
        answer = self.user.cancel(self.reservation)
        self.assertEqual((409, "NOT_CANCELLABLE"), (answer.status, answer.name))
        self.assertIn("cancelUntil", answer.json)
        self.assertEqual(7000, self.user.balance())
        self.assertEqual("CONFIRMED", self.user.reservation(self.reservation).json["status"])

    def test_an_unpaid_hold_is_released_even_after_the_deadline(self):
        self.user.join(self.concert)
        held = self.user.must_hold(self.concert, 3)
        database.sql("UPDATE session SET cancel_until = NOW(6) WHERE id = %s", self.concert.session.id)
        self.assertEqual("CANCELED", self.user.cancel(held).json["status"])

    def test_cancelled_seats_no_longer_count_against_the_cap(self):
        self.user.join(self.concert)
        self.user.must_hold(self.concert, *range(3, 11))
        self.assertEqual("TOO_MANY_SEATS", self.user.hold(self.concert, 11).name)
        self.user.cancel(self.reservation)
        self.user.must_hold(self.concert, 11, 12)


if __name__ == "__main__":
    unittest.main()
