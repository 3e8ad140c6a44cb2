"""Many at once: one winner, one debit, a right sum, and no other answer than those."""
import collections
import threading
import unittest

import client
import contract
import database
import stage


class Races(unittest.TestCase):
    def tally(self, answers):
        return dict(collections.Counter((a.status, a.name) for a in answers))

    def audit(self, concert, users):
        """What must hold of the database when the dust has settled."""
        ids = ",".join(str(user.id) for user in users)
        self.assertEqual([], database.sql(
            "SELECT a.id FROM account a LEFT JOIN ledger l ON l.user_id = a.id "
            f"WHERE a.id IN ({ids}) GROUP BY a.id, a.balance HAVING a.balance <> COALESCE(SUM(l.amount), 0)"))
        self.assertEqual([], database.sql(
            "SELECT s.number FROM seat s LEFT JOIN reservation r ON r.id = s.reservation_id "
            "LEFT JOIN payment p ON p.reservation_id = r.id AND p.status = 'PAID' "
            "JOIN session e ON e.id = s.session_id "
            f"WHERE e.concert_id = {concert.id} AND (s.state = 'SOLD') <> (p.id IS NOT NULL)"))

    def test_300_at_one_seat_have_one_winner(self):
        concert = stage.Concert()
        users = stage.people(300)
        stage.admit_at_once(concert, users)

        def hold(user):
            if user.number % 2:
                return user.hold(concert, 7)
            return client.post(f"/api/booking/{concert.id}/seat", token=user.token, body={
                "concertAt": concert.session.date, "reservationAmount": 1000, "seatNumbers": ["7"]})
        answers = client.at_once(*[lambda user=user: hold(user) for user in users])
        won = [a for a in answers if a.status in (200, 201)]
        self.assertEqual(1, len(won), self.tally(answers))
        self.assertEqual(299, len([a for a in answers if (a.status, a.name) == (409, "SEAT_TAKEN")]),
                         self.tally(answers))
        self.assertEqual("1", database.value("SELECT COUNT(*) FROM reservation WHERE concert_id = %s", concert.id))

    def test_overlapping_wishes_never_share_a_seat(self):
        concert = stage.Concert(seats=12)
        users = stage.people(60)
        stage.admit_at_once(concert, users)
        wishes = [[(i * 5 + k * (1 if i % 2 else -1)) % 12 + 1 for k in range(4)] for i in range(60)]
        answers = client.at_once(*[lambda u=u, w=w: u.hold(concert, *w) for u, w in zip(users, wishes)])
        self.assertLessEqual(set(self.tally(answers)), {(201, None), (409, "SEAT_TAKEN")})
        got = [s["number"] for a in answers if a.status == 201 for s in a.json["reservedSeats"]]
        self.assertEqual(len(set(got)), len(got))
        self.assertGreaterEqual(len(got), 4)
        for answer in answers:
            if answer.status == 409:
                self.assertTrue(answer.json["numbers"])

    def test_20_payments_of_one_reservation_are_one_debit(self):
        concert = stage.Concert(price=1200)
        user = stage.buyer(concert, 100000)
        reservation = user.must_hold(concert, 1)
        answers = client.at_once(*[lambda: user.pay(reservation)] * 10, *[lambda: client.post(
            f"/api/{reservation}/payment", {"payAmount": 1200}, token=user.token)] * 10)
        self.assertEqual(1, len([a for a in answers if a.status in (200, 201)]), self.tally(answers))
        self.assertLessEqual({a.name for a in answers}, {None, "ALREADY_PAID", "PLACE_EXPIRED"})
        self.assertEqual(98800, user.balance())
        self.audit(concert, [user])

    def test_50_parallel_charges_add_up(self):
        user = stage.User()
        answers = client.at_once(*[lambda i=i: client.call(
            "PATCH" if i % 3 else "POST", f"/api/v1/users/{user.id}/points/charge", {"amount": 100 + i},
            access=user.access) for i in range(25)], *[lambda i=i: client.patch(
                f"/api/{user.id}/charge", {"amount": 125 + i}, access=user.access) for i in range(25)])
        self.assertEqual({200}, {a.status for a in answers})
        total = sum(range(100, 150))
        self.assertEqual(total, user.balance())
        seen = {a.json["totalAmount"] if "totalAmount" in a.json else a.result["point"] for a in answers}
        self.assertEqual((50, total), (len(seen), max(seen)))

    def test_the_cap_holds_against_parallel_holds_of_one_user(self):
        concert = stage.Concert(seats=40)
        user = stage.buyer(concert)
        answers = client.at_once(*[lambda n=n: user.hold(concert, n, n + 20) for n in range(1, 21)])
        self.assertEqual({(201, None): 5, (400, "TOO_MANY_SEATS"): 15}, self.tally(answers))

    def test_the_balance_pays_for_what_it_can_and_no_more(self):
        concert = stage.Concert(price=1000)
        user = stage.buyer(concert, 1500)
        held = [user.must_hold(concert, n) for n in (1, 2, 3)]
        answers = client.at_once(*[lambda r=r: user.pay(r) for r in held for _ in range(3)])
        self.assertEqual(1, self.tally(answers)[201, None])
        self.assertEqual(500, user.balance())
        self.audit(concert, [user])

    def test_paying_and_cancelling_at_once_end_in_one_of_the_two(self):
        concert = stage.Concert(price=1000)
        users = [stage.buyer(concert, 1000) for _ in range(8)]
        held = [user.must_hold(concert, n) for n, user in enumerate(users, 1)]
        client.at_once(*[deed for user, reservation in zip(users, held) for deed in (
            lambda u=user, r=reservation: u.pay(r), lambda u=user, r=reservation: u.cancel(r))])
        for user, reservation in zip(users, held):
            status = user.reservation(reservation).json["status"]
            self.assertEqual({"CANCELED": 1000, "CONFIRMED": 0}[status], user.balance())
        self.audit(concert, users)

    def test_cancelling_many_times_at_once_refunds_once(self):
        concert = stage.Concert(price=1000)
        user = stage.buyer(concert, 1000)
        reservation = user.must_hold(concert, 1)
        user.must_pay(reservation)
        answers = client.at_once(*[lambda: user.cancel(reservation)] * 12)
        self.assertEqual({(200, None): 1, (409, "NOT_CANCELLABLE"): 11}, self.tally(answers))
        self.assertEqual(1000, user.balance())

    def test_a_lapsed_hold_goes_to_one_of_those_who_want_it(self):
        concert = stage.Concert()
        stage.lapse_hold(stage.buyer(concert).must_hold(concert, 1))
        users = [stage.buyer(concert) for _ in range(16)]
        answers = client.at_once(*[lambda user=user: user.hold(concert, 1) for user in users])
        self.assertEqual({(201, None): 1, (409, "SEAT_TAKEN"): 15}, self.tally(answers))

    def test_leaving_and_joining_never_exceed_the_capacity(self):
        concert = stage.Concert(queue=stage.line(capacity=3))
        users, over, stop = stage.people(24), [], threading.Event()

        def watch():
            while not stop.is_set():
                inside = int(database.value("SELECT COUNT(*) FROM visit WHERE queue_id = %s AND ends_at > NOW(6)",
                                            concert.queue))
                if inside > 3:
                    over.append(inside)
        watcher = threading.Thread(target=watch)
        watcher.start()

        def come_and_go(user):
            for _ in range(3):
                user.join(concert)
                user.status()
                client.delete("/api/v1/waiting-queues", token=user.token)
        client.at_once(*[lambda user=user: come_and_go(user) for user in users])
        stop.set()
        watcher.join()
        self.assertEqual([], over)
        self.assertEqual("ACTIVATED", users[0].join(concert)["state"])


if __name__ == "__main__":
    unittest.main()
