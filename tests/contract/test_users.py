"""Users and their credentials."""
import datetime
import unittest

import client
import database
import stage
import tokens


class Registration(unittest.TestCase):
    def test_the_answer_field_by_field(self):
        name = stage.unique("mina")
        answer = client.post("/api/v1/users", {"name": name, "email": "mina@example.org", "password": "pw"})
        self.assertEqual((201, name), (answer.status, answer.json["name"]))
        claims = tokens.read(answer.json["accessToken"])
        self.assertEqual((answer.json["userId"], answer.json["uuid"]), (claims["uid"], claims["sub"]))
        self.assertNotIn("que", claims)
        balance = client.get(f"/api/v1/users/{answer.json['userId']}/points", access=answer.json["accessToken"])
        self.assertEqual(0, balance.json["totalAmount"])
        stored = database.sql("SELECT email, password_hash FROM account WHERE name = %s", name)[0]
        self.assertEqual("mina@example.org", stored[0])
        self.assertTrue(stored[1].startswith("$argon2id$"))

    def test_a_name_is_taken_once(self):
        name = stage.unique("taken")
        self.assertEqual(201, client.post("/api/v1/users", {"name": name}).status)
        answer = client.post("/api/v1/users", {"name": name, "password": "x"})
        self.assertEqual((409, "NAME_TAKEN", "name"), (answer.status, answer.name, answer.json["field"]))

    def test_of_many_who_want_a_name_one_gets_it(self):
        name = stage.unique("wanted")
        answers = client.at_once(*[lambda: client.post("/api/v1/users", {"name": name})] * 20)
        self.assertEqual([201] + [409] * 19, sorted(a.status for a in answers))

    def test_names_are_any_text(self):
        for name in ("미나", "O'Brien; DROP TABLE account", "🎫" * 50, "a" * 80, "%s %d \\ \"", "<script>"):
            name += stage.unique("-")
            answer = client.post("/api/v1/users", {"name": name})
            self.assertEqual((201, name), (answer.status, answer.json["name"]))

    def test_names_differ_by_case(self):
        name = stage.unique("Case")
        self.assertEqual(201, client.post("/api/v1/users", {"name": name}).status)
        self.assertEqual(201, client.post("/api/v1/users", {"name": name.upper()}).status)

    def test_texts_of_a_wrong_length_are_named(self):
        for field, value in (("name", "x" * 101), ("name", ""), ("name", "a\tb"), ("name", "a\x7f"),
                             ("email", "ab"), ("email", "mina.example.org"), ("email", "x" * 255), ("password", ""), ("password", "x" * 129)):
            answer = client.post("/api/v1/users", {"name": stage.unique("n"), field: value})
            self.assertEqual((400, "INVALID_FIELD", field), (answer.status, answer.name, answer.json["field"]))
        self.assertEqual(201, client.post("/api/v1/users", {"name": "é" * 85 + stage.unique("")}).status)


class Login(unittest.TestCase):
    def setUp(self):
        self.name = stage.unique("login")
        self.user = client.post("/api/v1/users", {"name": self.name, "password": "correct horse"}).json

    def test_name_and_password_give_a_token(self):
        answer = client.post("/api/v1/auth/token", {"name": self.name, "password": "correct horse"})
        self.assertEqual((200, self.user["userId"]), (answer.status, answer.json["userId"]))
        self.assertEqual(datetime.datetime.fromisoformat(answer.json["expiresAt"]).timestamp(),
                         tokens.read(answer.json["accessToken"])["exp"])
        path = f"/api/v1/users/{self.user['userId']}/points"
        self.assertEqual(200, client.get(path, access=answer.json["accessToken"]).status)

    def test_a_wrong_password_an_unknown_name_and_no_password_look_the_same(self):
        without = stage.User()
        answers = [client.post("/api/v1/auth/token", {"name": name, "password": password}).json
                   for name, password in ((self.name, "Correct horse"), (stage.unique("nobody"), "x"),
                                          (without.name, "x"))]
        self.assertEqual("CREDENTIALS_INVALID", answers[0]["code"])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])


class GetToken(unittest.TestCase):
    def setUp(self):
        self.concert = stage.Concert()

    def ask(self, name, token=None, **body):
        return client.post("/api/getToken", {"username": name, "concertId": self.concert.id, **body}, token=token)

    def test_a_new_name_registers_a_user(self):
        name = stage.unique("new")
        answer = self.ask(name)
        self.assertEqual((200, "ACTIVATED", 0),
                         (answer.status, answer.result["state"], answer.result["listNum"]))
        self.assertEqual(str(answer.result["userId"]),
                         database.value("SELECT id FROM account WHERE name = %s", name))
        self.assertEqual(answer.result["userId"], tokens.read(answer.result["token"])["uid"])

    def test_a_known_name_needs_its_token(self):
        name = stage.unique("known")
        first = self.ask(name).result
        self.assertEqual((401, "CREDENTIALS_INVALID"), ((a := self.ask(name)).status, a.name))
        self.assertEqual(first, {**self.ask(name, token=first["token"]).result,
                                 "expectedTime": first["expectedTime"]})
        for wrong in (stage.User().access, "nonsense", tokens.expired(first["token"])):
            self.assertEqual("CREDENTIALS_INVALID", self.ask(name, token=wrong).name)

    def test_a_known_name_with_a_password_needs_either(self):
        name = stage.unique("secret")
        token = self.ask(name, password="right").result["token"]
        self.assertEqual(token, self.ask(name, password="right").result["token"])
        self.assertEqual(token, self.ask(name, token=token).result["token"])
        for wrong in ({"password": "wrong"}, {}):
            self.assertEqual("CREDENTIALS_INVALID", self.ask(name, **wrong).name)

    def test_a_user_without_password_cannot_be_had_with_one(self):
        self.assertEqual("CREDENTIALS_INVALID", self.ask(stage.User().name, password="anything").name)

    def test_a_crowd_under_one_new_name_is_one_user(self):
        name = stage.unique("crowd")
        answers = client.at_once(*[lambda: self.ask(name, password="same")] * 8)
        self.assertEqual({200}, {a.status for a in answers})
        self.assertEqual(1, len({a.result["token"] for a in answers}))


if __name__ == "__main__":
    unittest.main()
