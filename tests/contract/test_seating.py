"""Concerts, sessions, dates and seats as buyers see them."""
import unittest

import client
import database
import stage


class Concerts(unittest.TestCase):
    def test_the_sample_is_there(self):
        concerts = client.get("/api/v1/concerts?limit=3").json["concerts"]
        self.assertEqual([1, 2, 3], [c["concertId"] for c in concerts])
        self.assertGreater(concerts[2]["reservationOpenAt"], concerts[0]["reservationOpenAt"])

    def test_the_list_is_paged_by_id(self):
        made = [stage.Concert(seats=1, queue=1).id for _ in range(3)]
        after, seen = made[0] - 1, []
        while after is not None:
            page = client.get(f"/api/v1/concerts?limit=2&after={after}").json
            seen += [c["concertId"] for c in page["concerts"]]
            after = page["next"]
        self.assertEqual(made, seen[:3])
        self.assertEqual(sorted(seen), seen)


class Seating(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert(sessions=((50, "19:00"), (41, "20:00"), (41, "14:00")), seats=12)
        self.user = stage.buyer(self.concert)

    def get(self, path):
        return client.get(path, token=self.user.token)

    def dates(self):
        return self.get(f"/api/booking/{self.concert.id}/list/time").result["availableDates"]

    def test_dates_ascend_without_repeats(self):
        self.assertEqual([stage.day(41), stage.day(50)], self.dates())

    def test_a_sold_out_date_is_left_out_but_the_session_is_still_listed(self):
        late = self.concert.sessions[0]
        other = stage.buyer(self.concert, 100000)
        other.must_hold(self.concert, *range(1, 11), session=late)
        stage.buyer(self.concert).must_hold(self.concert, 11, 12, session=late)
        self.assertEqual([stage.day(41)], self.dates())
        sessions = self.get(f"/api/v1/concerts/{self.concert.id}/sessions").json["sessions"]
        self.assertEqual([12, 12, 0], [s["availableSeatCount"] for s in sessions])
        path = f"/booking/{self.concert.id}/dates/{late.date}/list/seats"
        self.assertEqual([], self.get(path).result["availableSeatsList"])

    def test_sessions_field_by_field_in_order_of_time(self):
        body = self.get(f"/api/v1/concerts/{self.concert.id}/sessions").json
        self.assertEqual(self.concert.id, body["concertId"])
        first = body["sessions"][0]
        self.assertEqual(self.concert.sessions[2].id, first["sessionId"])
        self.assertEqual(self.concert.sessions[2].minute + ":00.000000+09:00", first["concertAt"])
        self.assertEqual((12, 12), (first["totalSeatCount"], first["availableSeatCount"]))
        self.assertEqual([self.concert.sessions[i].id for i in (2, 1, 0)],
                         [s["sessionId"] for s in body["sessions"]])

    def test_sessions_that_have_begun_or_are_not_on_sale_are_left_out(self):
        database.sql("UPDATE session SET starts_at = NOW(6) WHERE id = %s", self.concert.sessions[2].id)
        sessions = self.get(f"/api/v1/concerts/{self.concert.id}/sessions").json["sessions"]
        self.assertEqual(2, len(sessions))
        database.sql("UPDATE concert SET reservation_close_at = NOW(6) WHERE id = %s", self.concert.id)
        self.assertEqual([], self.get(f"/api/v1/concerts/{self.concert.id}/sessions").json["sessions"])
        self.assertEqual([], self.dates())

    def test_seats_are_shown_with_their_state(self):
        late, buyer = self.concert.sessions[0], stage.buyer(self.concert, 9000)
        buyer.must_pay(buyer.must_hold(self.concert, 2, session=late))
        self.user.must_hold(self.concert, 5, session=late)
        lapsed = self.user.must_hold(self.concert, 7, session=late)
        stage.lapse_hold(lapsed)
        body = self.get(f"/api/v1/concerts/{self.concert.id}/sessions/{late.id}/seats").json
        self.assertEqual(12, body["totalSeatCount"])
        self.assertEqual([(2, "RESERVED"), (5, "TEMPORARY_RESERVED")],
                         [(s["number"], s["status"]) for s in body["unavailableSeats"]])
        self.assertEqual([1, 3, 4, 6, 7, 8, 9, 10, 11, 12], [s["number"] for s in body["availableSeats"]])
        self.assertEqual({"seatId": late.seat(1), "number": 1, "status": "AVAILABLE", "price": 1000},
                         body["availableSeats"][0])
        free = ["1", "3", "4", "6", "7", "8", "9", "10", "11", "12"]
        for prefix in ("", "/api"):
            path = f"{prefix}/booking/{self.concert.id}/dates/{late.date}/list/seats"
            self.assertEqual(free, self.get(path).result["availableSeatsList"])

    def test_what_does_not_exist_is_not_found(self):
        for path, name in (
                ("/api/booking/987654/list/time", "CONCERT_NOT_FOUND"),
                ("/booking/987654/dates/2031-01-01/list/seats", "CONCERT_NOT_FOUND"),
                ("/api/booking/987654/dates/2031-01-01/list/seats", "CONCERT_NOT_FOUND"),
                (f"/booking/{self.concert.id}/dates/2031-01-01/list/seats", "SESSION_NOT_FOUND"),
                (f"/api/booking/{self.concert.id}/dates/2031-01-01/list/seats", "SESSION_NOT_FOUND"),
                ("/api/v1/concerts/987654/sessions", "CONCERT_NOT_FOUND"),
                ("/api/v1/concerts/987654/sessions/1/seats", "CONCERT_NOT_FOUND"),
                (f"/api/v1/concerts/{self.concert.id}/sessions/1/seats", "SESSION_NOT_FOUND"),
                (f"/api/v1/concerts/{self.concert.id}/sessions/987654/seats", "SESSION_NOT_FOUND")):
            answer = self.get(path)
            self.assertEqual((404, name), (answer.status, answer.name), path)

    def test_a_date_with_two_sessions_is_ambiguous_with_and_without_api(self):
        for prefix in ("", "/api"):
            path = f"{prefix}/booking/{self.concert.id}/dates/"
            answer = self.get(f"{path}{stage.day(41)}/list/seats")
            self.assertEqual((409, "AMBIGUOUS_DATE"), (answer.status, answer.name))
            self.assertIn(f"{stage.day(41)}T14:00,{stage.day(41)}T20:00", answer.json["detail"])
            for time in ("T14:00", "T20:00", "T14%3A00"):
                self.assertEqual(200, self.get(f"{path}{stage.day(41)}{time}/list/seats").status)

    def test_a_large_hall_is_listed_whole(self):
        concert = stage.Concert(seats=5000)
        user = stage.buyer(concert)
        body = client.get(f"{concert.path}/seats", token=user.token).json
        self.assertEqual(list(range(1, 5001)), [s["number"] for s in body["availableSeats"]])


if __name__ == "__main__":
    unittest.main()
