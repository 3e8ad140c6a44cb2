"""The two original contracts, walked from beginning to end with the names they have."""
import re
import unittest

import client
import stage

LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


class EnvelopeSeed(unittest.TestCase):
    """Written with nothing but what the original document shows."""

    def result(self, answer, names):
        self.assertEqual((200, True, 200, "요청에 성공하였습니다."),
                         (answer.status, answer.json["isSuccess"], answer.json["code"], answer.json["message"]))
        result = answer.json["result"]
        self.assertLessEqual(names, set(result))
        return result

    def test_from_the_line_to_the_paid_seat(self):
        answer = client.post("/api/getToken", {"username": stage.unique("testUser")})
        got = self.result(answer, {"token", "listNum", "expectedTime"})
        self.assertRegex(got["expectedTime"], LOCAL)
        self.assertIsInstance(got["listNum"], int)
        header, user = {"token": got["token"]}, got["userId"]

        got = self.result(client.get("/api/check", headers=header), {"listNum", "expectedTime"})
        self.assertEqual(0, got["listNum"])
        self.assertRegex(got["expectedTime"], LOCAL)

        dates = self.result(client.get("/api/booking/1/list/time", headers=header),
                            {"availableDates"})["availableDates"]
        self.assertGreaterEqual(len(dates), 3)
        self.assertEqual(sorted(set(dates)), dates)

        seats = self.result(client.get(f"/booking/1/dates/{dates[-1]}/list/seats", headers=header),
                            {"availableSeatsList"})["availableSeatsList"]
        self.assertTrue(all(isinstance(seat, str) for seat in seats))
        self.assertEqual(sorted(seats, key=int), seats)

        wanted = {"concertAt": dates[-1], "reservationAmount": 0, "seatNumbers": seats[:2]}
        answer = client.post("/api/booking/1/seat", wanted, headers=header)
        self.assertEqual("PRICE_MISMATCH", answer.name)
        wanted["reservationAmount"] = int(re.search(r"price: (\d+)", answer.json["detail"])[1])
        booked = self.result(client.post("/api/booking/1/seat", wanted, headers=header),
                             {"concertName", "reservationDate", "reservationSeat"})
        self.assertEqual((dates[-1], ",".join(seats[:2])), (booked["reservationDate"], booked["reservationSeat"]))
        self.assertIsInstance(booked["concertName"], str)

        price = wanted["reservationAmount"]
        charged = self.result(client.patch(f"/api/{user}/charge", {"amount": price + 50}, headers=header),
                              {"userId", "point"})
        self.assertEqual((user, price + 50), (charged["userId"], charged["point"]))
        balance = self.result(client.get(f"/api/{user}", headers=header), {"userId", "point"})
        self.assertEqual((user, price + 50), (balance["userId"], balance["point"]))

        paid = self.result(client.post(f"/api/{booked['reservationId']}/payment", {"payAmount": price},
                                       headers=header), {"id", "reservationId", "payAmount", "payAt"})
        self.assertEqual((booked["reservationId"], price), (paid["reservationId"], paid["payAmount"]))
        self.assertRegex(paid["payAt"], LOCAL)

        answer = client.get(f"/api/{user}/histories", headers=header)
        self.assertEqual(200, answer.status)
        newest, oldest = answer.json["result"]
        for entry, state, amount in ((newest, "USE", price), (oldest, "CHARGE", price + 50)):
            self.assertEqual((user, state, amount), (entry["userId"], entry["state"], entry["amount"]))
            self.assertIsInstance(entry["id"], int)
            self.assertRegex(entry["time"], LOCAL)
        self.assertEqual(50, client.get(f"/api/{user}", headers=header).json["result"]["point"])
        left = client.get("/api/check", headers=header).json["result"]
        self.assertEqual(("COMPLETED", 0), (left["state"], left["listNum"]))


if __name__ == "__main__":
    unittest.main()
