"""Holds: all or none, their limits, their end, and what becomes of reservations."""
import datetime
import unittest

import client
import database
import stage


def book(user, concert, numbers, total=None, when=None, **options):
    return client.post(f"/api/booking/{concert.id}/seat",
                       {"concertAt": when or concert.session.date, "seatNumbers": numbers,
                        "reservationAmount": concert.price * len(numbers) if total is None else total},
                       token=user.token, **options)


class Holds(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert()
        self.user = stage.buyer(self.concert)

    def refused(self, answer, status, name, **members):
        self.assertEqual((status, name), (answer.status, answer.name), answer)
        for member, value in members.items():
            self.assertEqual(value, answer.json.get(member), answer)

    def free(self, number, concert=None):
        concert = concert or self.concert
        return database.value("SELECT state FROM seat WHERE session_id = %s AND number = %s",
                              concert.session.id, number) == "FREE"

    def test_the_rest_answer_field_by_field(self):
        answer = self.user.hold(self.concert, 3, 1)
        self.assertEqual(201, answer.status, answer)
        body = answer.json
        self.assertEqual(2000, body["totalPrice"])
        self.assertEqual("TEMPORARY_RESERVED", body["status"])
        self.assertEqual([{"seatId": self.concert.session.seat(n), "number": n, "price": 1000} for n in (1, 3)],
                         body["reservedSeats"])
        ends = datetime.datetime.fromisoformat(body["expiresAt"])
        left = (ends - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        self.assertTrue(280 < left <= 301, left)
        self.assertEqual(datetime.timedelta(hours=9), ends.utcoffset())
        shown = self.user.reservation(body["reservationId"]).json
        for member in ("reservationId", "totalPrice", "reservedSeats", "status", "expiresAt"):
            self.assertEqual(body[member], shown[member])
        self.assertEqual(self.concert.name, shown["concertName"])
        self.assertEqual(self.user.id, shown["userId"])
        self.assertIsNone(shown["paymentId"])
        self.assertIsNone(shown["paidAt"])

    def test_the_envelope_answer_field_by_field(self):
        answer = book(self.user, self.concert, ["10", 2, "1"])
        self.assertEqual(200, answer.status, answer)
        self.assertEqual("요청에 성공하였습니다.", answer.json["message"])
        result = answer.result
        self.assertEqual(self.concert.name, result["concertName"])
        self.assertEqual(self.concert.session.date, result["reservationDate"])
        self.assertEqual("1,2,10", result["reservationSeat"])
        self.assertEqual(3000, result["totalAmount"])
        ends = datetime.datetime.fromisoformat(result["expiresAt"])
        now = datetime.datetime.now(stage.ZONE).replace(tzinfo=None)
        self.assertTrue(280 < (ends - now).total_seconds() <= 301)
        self.assertEqual("TEMPORARY_RESERVED", self.user.reservation(result["reservationId"]).json["status"])

    def test_a_taken_seat_is_named_and_the_others_stay_free(self):
        self.user.must_hold(self.concert, 2, 4)
        other = stage.buyer(self.concert)
        seats = [self.concert.session.seat(n) for n in (2, 4)]
        self.refused(other.hold(self.concert, 1, 2, 3, 4), 409, "SEAT_TAKEN", seats=seats, numbers=[2, 4])
        answer = book(other, self.concert, ["1", "2", "3", "4"])
        self.refused(answer, 409, "SEAT_TAKEN")
        self.assertIn("2,4", answer.json["detail"])
        self.assertTrue(self.free(1) and self.free(3))

    def test_ones_own_held_seat_is_taken_too_and_its_time_stands(self):
        reservation = self.user.must_hold(self.concert, 5)
        before = self.user.reservation(reservation).json["expiresAt"]
        self.refused(self.user.hold(self.concert, 5), 409, "SEAT_TAKEN")
        self.user.must_hold(self.concert, 6)
        self.assertEqual(before, self.user.reservation(reservation).json["expiresAt"])

    def test_a_hold_that_ran_out_is_free_for_the_next_buyer(self):
        reservation = self.user.must_hold(self.concert, 7)
        stage.lapse_hold(reservation)
        self.assertEqual("EXPIRED", self.user.reservation(reservation).json["status"])
        other = stage.buyer(self.concert, 1000)
        shown = client.get(f"{self.concert.path}/seats", token=other.token).json
        self.assertIn(7, [seat["number"] for seat in shown["availableSeats"]])
        other.must_pay(other.must_hold(self.concert, 7))
        self.refused(self.user.pay(reservation), 409, "HOLD_EXPIRED")
        self.refused(self.user.cancel(reservation), 409, "NOT_CANCELLABLE")

    def test_a_hold_that_ran_out_cannot_be_paid_in_either_family(self):
        self.user.charge(5000)
        reservation = self.user.must_hold(self.concert, 8)
        stage.lapse_hold(reservation)
        self.refused(self.user.pay(reservation), 409, "HOLD_EXPIRED")
        self.refused(client.post(f"/api/{reservation}/payment", {"payAmount": 1000}, token=self.user.token),
                     409, "HOLD_EXPIRED")
        self.assertEqual(5000, self.user.balance())

    def test_the_cap_counts_over_several_holds(self):
        self.user.must_hold(self.concert, *range(1, 7))
        lapsed = self.user.must_hold(self.concert, 7, 8, 9)
        self.refused(self.user.hold(self.concert, 10, 11), 400, "TOO_MANY_SEATS", most=10)
        self.refused(book(self.user, self.concert, ["10", "11"]), 400, "TOO_MANY_SEATS")
        self.user.must_hold(self.concert, 10)
        self.refused(self.user.hold(self.concert, 11), 400, "TOO_MANY_SEATS")
        stage.lapse_hold(lapsed)
        self.user.must_hold(self.concert, 11, 12, 13)
        self.refused(self.user.hold(self.concert, 14), 400, "TOO_MANY_SEATS")

    def test_more_seats_than_the_cap_at_once_are_refused(self):
        self.refused(self.user.hold(self.concert, *range(1, 12)), 400, "TOO_MANY_SEATS", most=10)
        self.refused(book(self.user, self.concert, [str(n) for n in range(1, 12)]), 400, "TOO_MANY_SEATS")
        self.user.must_hold(self.concert, *range(1, 11))

    def test_a_seat_named_twice_is_refused(self):
        self.refused(self.user.hold(self.concert, 1, 2, 1), 400, "DUPLICATE_SEAT")
        self.refused(book(self.user, self.concert, ["1", 1]), 400, "DUPLICATE_SEAT")
        self.refused(book(self.user, self.concert, ["1", "01"]), 400, "DUPLICATE_SEAT")

    def test_a_seat_that_does_not_exist_takes_none(self):
        self.refused(self.user.hold(self.concert, 1, 21), 404, "SEAT_NOT_FOUND")
        self.refused(book(self.user, self.concert, ["1", "21"]), 404, "SEAT_NOT_FOUND")
        for number in ("21", "100000", "2147483648", "9223372036854775807"):
            self.refused(book(self.user, self.concert, [number]), 404, "SEAT_NOT_FOUND")
            self.refused(book(self.user, self.concert, ["1", number]), 404, "SEAT_NOT_FOUND")
        self.assertTrue(self.free(1))

    def test_a_seat_of_another_session_is_refused_when_it_is_its_turn(self):
        foreign = stage.Concert().session.seat(1)
        def hold(*seats, path=self.concert.path):
            return client.post(f"{path}/reservations", {"seatIds": seats}, token=self.user.token)
        own = self.concert.session.seat(1)
        self.refused(hold(foreign), 404, "SEAT_NOT_FOUND", seatId=foreign)
        self.refused(hold(own, foreign), 404, "SEAT_NOT_FOUND", seatId=foreign)
        self.assertTrue(self.free(1))
        self.refused(hold(foreign, foreign), 400, "DUPLICATE_SEAT")
        self.refused(hold(*[foreign + i for i in range(60)]), 400, "TOO_MANY_SEATS")
        nowhere = self.concert.path.rsplit("/", 1)[0] + "/999999999"
        self.refused(hold(foreign, path=nowhere), 404, "SESSION_NOT_FOUND")

    def test_a_price_that_the_server_does_not_compute_is_refused(self):
        for wrong in (0, 1999, 2001, 9007199254740991):
            answer = book(self.user, self.concert, ["1", "2"], total=wrong)
            self.refused(answer, 409, "PRICE_MISMATCH")
            self.assertIn("2000", answer.json["detail"])
        for wrong in (-1, 2000.0, "2000"):
            self.refused(book(self.user, self.concert, ["1", "2"], total=wrong), 400, "INVALID_AMOUNT")
        self.assertTrue(self.free(1))

    def test_a_sale_that_is_not_open_is_refused_with_its_times(self):
        for opens, closes in ((1, 30), (-3, -1)):
            concert = stage.Concert(opens=opens, closes=closes)
            user = stage.buyer(concert)
            answer = user.hold(concert, 1)
            self.refused(answer, 409, "SALE_NOT_OPEN")
            self.assertLess(answer.json["opensAt"], answer.json["closesAt"])
            self.refused(book(user, concert, ["1"]), 409, "SALE_NOT_OPEN")

    def test_the_third_concert_of_the_sample_is_not_on_sale_yet(self):
        user = stage.User()
        token = client.post("/api/getToken", {"username": user.name, "concertId": 3},
                            access=user.access).result["token"]
        session, starts = database.sql("SELECT id, DATE(starts_at + INTERVAL 9 HOUR) FROM session "
                                       "WHERE concert_id = 3 ORDER BY id LIMIT 1")[0]
        number, price = database.sql("SELECT number, price FROM seat WHERE session_id = %s LIMIT 1", session)[0]
        answer = client.post(f"/api/v1/concerts/3/sessions/{session}/reservations",
                             {"seatIds": [int(session) * 100000 + int(number)]}, token=token)
        self.refused(answer, 409, "SALE_NOT_OPEN")
        answer = client.post("/api/booking/3/seat", token=token, body={
            "concertAt": starts, "reservationAmount": int(price), "seatNumbers": [number]})
        self.assertIn(answer.name, ("SALE_NOT_OPEN", "AMBIGUOUS_DATE"), answer)

    def test_a_session_that_has_begun_sells_nothing(self):
        database.sql("UPDATE session SET starts_at = NOW(6) - INTERVAL 1 SECOND WHERE id = %s",
                     self.concert.session.id)
        self.refused(self.user.hold(self.concert, 1), 409, "SALE_NOT_OPEN")

    def test_a_concert_or_session_that_does_not_exist(self):
        path = f"/api/v1/concerts/{self.concert.id}/sessions/987654/reservations"
        self.refused(client.post(path, {"seatIds": [98765400001]}, token=self.user.token), 404, "SESSION_NOT_FOUND")
        path = f"/api/v1/concerts/987654/sessions/{self.concert.session.id}/reservations"
        self.refused(client.post(path, {"seatIds": [self.concert.session.seat(1)]}, token=self.user.token),
                     404, "CONCERT_NOT_FOUND")
        self.refused(book(self.user, self.concert, ["1"], when="2031-01-01"), 404, "SESSION_NOT_FOUND")
        answer = client.post("/api/booking/987654/seat", token=self.user.token, body={
            "concertAt": "2031-01-01", "reservationAmount": 1, "seatNumbers": ["1"]})
        self.refused(answer, 404, "CONCERT_NOT_FOUND")

    def test_another_users_id_in_the_body_is_refused(self):
        other = stage.User()
        answer = client.post(f"{self.concert.path}/reservations", token=self.user.token, body={
            "userId": other.id, "seatIds": [self.concert.session.seat(1)]})
        self.refused(answer, 403, "NOT_YOURS")

    def test_a_date_with_two_sessions_wants_the_time(self):
        concert = stage.Concert(sessions=((41, "14:00"), (41, "19:30"), (42, "19:30")))
        user = stage.buyer(concert)
        times = [s.minute for s in concert.sessions[:2]]
        answer = book(user, concert, ["1"])
        self.refused(answer, 409, "AMBIGUOUS_DATE")
        self.assertIn(",".join(times), answer.json["detail"])
        answer = client.get(f"/booking/{concert.id}/dates/{concert.session.date}/list/seats", token=user.token)
        self.refused(answer, 409, "AMBIGUOUS_DATE")
        self.assertEqual(200, book(user, concert, ["1"], when=times[1]).status)
        path = f"/api/booking/{concert.id}/dates/%s/list/seats"
        self.assertEqual(20, len(client.get(path % times[0], token=user.token).result["availableSeatsList"]))
        self.assertEqual(19, len(client.get(path % times[1], token=user.token).result["availableSeatsList"]))
        self.assertEqual(200, book(user, concert, ["1"], when=concert.sessions[2].date).status)

    def test_a_date_that_is_none_is_named(self):
        for wrong in ("2026-13-01", "2026-02-30", "2026-1-1xx", "12/24/2026", "2026-12-24 19:00",
                      "2026-12-24T25:00", "2026-12-24T19:60", "2026-12-24T", "0000-00-00", "٢٠٢٦-١٢-٢٤"):
            self.refused(book(self.user, self.concert, ["1"], when=wrong), 400, "INVALID_FIELD")

    def test_a_hold_keeps_the_visit_alive_until_its_end(self):
        client.get(f"{self.concert.path}/seats", token=self.user.token)
        database.sql("UPDATE visit SET ends_at = NOW(6) + INTERVAL 20 SECOND WHERE queue_id = %s",
                     self.concert.queue)
        held = self.user.hold(self.concert, 1).json
        self.assertEqual(held["expiresAt"], self.user.status().json["expiresAt"])


class Reservations(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert(seats=30)
        self.user = stage.buyer(self.concert, 10000)

    def test_the_list_is_newest_first_and_paged(self):
        made = [self.user.must_hold(self.concert, n) for n in range(1, 6)]
        path = f"/api/v1/users/{self.user.id}/reservations"
        whole = client.get(path, access=self.user.access).json
        self.assertEqual(made[::-1], [r["reservationId"] for r in whole["reservations"]])
        self.assertIsNone(whole["next"])
        self.assertEqual(self.user.reservation(made[4]).json, whole["reservations"][0])
        first = client.get(path + "?limit=3", access=self.user.access).json
        second = client.get(f"{path}?limit=3&before={first['next']}", access=self.user.access).json
        self.assertEqual(made[::-1], [r["reservationId"] for page in (first, second)
                                      for r in page["reservations"]])
        self.assertIsNone(second["next"])

    def test_a_user_without_reservations_has_an_empty_list(self):
        user = stage.User()
        answer = client.get(f"/api/v1/users/{user.id}/reservations", access=user.access)
        self.assertEqual(([], None), (answer.json["reservations"], answer.json["next"]))

    def test_a_released_hold_is_free_at_once(self):
        reservation = self.user.must_hold(self.concert, 1, 2)
        answer = self.user.cancel(reservation)
        self.assertEqual(200, answer.status, answer)
        self.assertEqual(("CANCELED", 0), (answer.json["status"], answer.json["refundedAmount"]))
        stage.buyer(self.concert).must_hold(self.concert, 1, 2)
        again = self.user.cancel(reservation)
        self.assertEqual((409, "NOT_CANCELLABLE"), (again.status, again.name))
        self.assertEqual((409, "HOLD_EXPIRED"), ((a := self.user.pay(reservation)).status, a.name))

    def test_a_reservation_that_does_not_exist(self):
        for answer in (self.user.reservation(987654321), self.user.cancel(987654321),
                       self.user.pay(987654321),
                       client.post("/api/987654321/payment", {"payAmount": 1}, token=self.user.token)):
            self.assertEqual((404, "RESERVATION_NOT_FOUND"), (answer.status, answer.name))

    def test_somebody_elses_reservation_is_not_yours(self):
        reservation = self.user.must_hold(self.concert, 1)
        other = stage.buyer(self.concert, 10000)
        for answer in (other.reservation(reservation), other.cancel(reservation), other.pay(reservation),
                       client.post(f"/api/{reservation}/payment", {"payAmount": 1000}, token=other.token)):
            self.assertEqual((403, "NOT_YOURS"), (answer.status, answer.name))


if __name__ == "__main__":
    unittest.main()
