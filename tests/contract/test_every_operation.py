"""What holds for every operation of the reference, each asked in turn: success as declared, and
the refusals that follow from what it requires. Who may call it is test_authorization's."""
import json
import unittest

import client
import contract
import samples
import stage
import tokens

ADMITTED = samples.of(gate="admitted")
WITH_BODY = samples.of(has_body=True)
WITH_PATH = [o for o in contract.OPERATIONS if o.parameters]


class Every(unittest.TestCase):
    def refused(self, answer, status, name, field=None):
        self.assertEqual((status, name), (answer.status, answer.name), answer)
        if field is None:
            return
        if "errorCode" in answer.json:
            self.assertTrue(answer.json["detail"].startswith(field), answer)
        else:
            self.assertEqual(field, answer.json["field"], answer)

    def assert_names(self, field, answer):
        self.refused(answer, 400, answer.name, field)


class Success(Every):
    @samples.each(contract.OPERATIONS)
    def test_a_good_request_gets_the_declared_answer(self, operation):
        answer = samples.make(operation).send()
        self.assertEqual(operation.successes(), [answer.status], answer)

    @samples.each(WITH_BODY)
    def test_members_that_are_not_known_are_ignored(self, operation):
        request = samples.make(operation)
        answer = request.send(body={"colour": {"deep": [None, 1.5]}, **request.body, "userID": "x"})
        self.assertEqual(operation.successes(), [answer.status], answer)

    @samples.each(samples.of(method="GET"))
    def test_head_is_answered_wherever_get_is(self, operation):
        answer = samples.make(operation).send(method="HEAD")
        self.assertEqual(200, answer.status)

    @samples.each(contract.OPERATIONS)
    def test_the_request_id_of_the_caller_comes_back(self, operation):
        answer = samples.make(operation).send(headers={"X-Request-Id": "my-request.0001"})
        self.assertEqual("my-request.0001", answer.header("X-Request-Id"))


class Identity(Every):
    @samples.each(samples.of(identity="owner") + [contract.BY_ID["queueJoin"]])
    def test_an_account_that_is_gone_is_not_found(self, operation):
        ghost = 987654321
        access = tokens.access(ghost, "00000000-0000-4000-8000-000000000000")
        request = samples.make(operation)
        path = operation.path.replace("{userId}", str(ghost))
        body = None if operation.id != "queueJoin" else {"userId": ghost}
        self.refused(request.send(path=path, body=body, credential=access), 404, "USER_NOT_FOUND")

    def test_the_queue_token_too_says_who_the_caller_is(self):
        concert = stage.Concert()
        user = stage.buyer(concert)
        self.assertEqual(200, client.get(f"/api/v1/users/{user.id}/points", token=user.token).status)
        self.assertEqual(200, client.get(f"/api/{user.id}", token=user.token).status)

    def test_an_authorization_that_is_no_bearer_is_refused(self):
        user = stage.User()
        for header in ("Basic dXNlcjpwYXNz", "Bearer", "Bearer ", f"bearer{user.access}", user.access):
            answer = client.get(f"/api/v1/users/{user.id}/points", headers={"Authorization": header})
            self.assertEqual(401, answer.status, header)


class Admission(Every):
    @samples.each(ADMITTED)
    def test_a_waiting_caller_is_told_the_number(self, operation):
        line = stage.line(capacity=0)
        concert = stage.Concert(queue=line)
        first, second = stage.User(), stage.User()
        for user in (first, second):
            self.assertEqual("WAITING", user.join(concert)["state"])
        answer = samples.make(operation).send(credential=second.token)
        self.refused(answer, 403, "NOT_ADMITTED")
        if "errorCode" in answer.json:
            self.assertIn("waitingNumber: 2", answer.json["detail"])
        else:
            self.assertEqual(2, answer.json["waitingNumber"])


class Transport(Every):
    @samples.each(WITH_BODY)
    def test_a_body_over_the_limit_is_refused(self, operation):
        body = json.dumps({"filler": "x" * 9000}).encode()
        self.refused(samples.make(operation).send(raw=body), 413, "BODY_TOO_LARGE")

    @samples.each(WITH_BODY)
    def test_a_body_of_another_type_is_refused(self, operation):
        request = samples.make(operation)
        raw = json.dumps(request.body).encode()
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"):
            self.refused(request.send(raw=raw, media_type=media_type), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_the_ways_to_say_json_are_all_understood(self):
        for media_type in ("application/json", "application/json; charset=utf-8", "Application/JSON", None):
            request = samples.make(contract.BY_ID["charge"])
            answer = request.send(raw=b'{"amount": 5}', media_type=media_type)
            self.assertEqual(200, answer.status, media_type)


class Shape(Every):
    NOT_JSON = [b"", b"{", b"null", b"[]", b'"text"', b"12", b"{} {}", b"{'a': 1}", b'{"a": NaN}',
                b'{"a": 1,}', b'{"a": "\xff"}', b"\xef\xbb\xbf{}", b'{"a": 1, "a": 2}',
                b'{"x": {"a": 1, "a": 2}}', b"[" * 4000, b'{"a":' * 1500]

    @samples.each(WITH_BODY)
    def test_a_body_that_is_no_json_object_is_refused(self, operation):
        request = samples.make(operation)
        for raw in self.NOT_JSON:
            answer = request.send(raw=raw)
            self.assertEqual((400, "INVALID_JSON"), (answer.status, answer.name), raw[:30])

    @samples.each(WITH_BODY)
    def test_a_member_given_twice_is_refused(self, operation):
        request = samples.make(operation)
        name, value = next(iter(request.body.items()))
        raw = f"{json.dumps(request.body)[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}".encode()
        self.refused(request.send(raw=raw), 400, "INVALID_JSON")

    @samples.each(WITH_BODY)
    def test_a_missing_member_is_named(self, operation):
        request = samples.make(operation)
        for name in operation.body_schema.get("required", []):
            without = {k: v for k, v in request.body.items() if k != name}
            self.refused(request.send(body=without), 400, "INVALID_FIELD", name)
            self.refused(request.send(body={**without, name: None}), 400, "INVALID_FIELD", name)

    WRONG = {
        "integer": ["1", "", 1.0, 1e3, 1.5, True, [], {}, -1, -2**63, int(samples.BIG)],
        "string": [1, 1.5, True, [], {}, "", "x" * 2000, "a\x7fb", "line\nbreak"],
        "array": ["1", 1, {}, [], [[]], [None], [1.5], [True], [-1], [0], ["x"], [""], [" 1"], ["1.0"],
                  [samples.BIG], [int(samples.BIG)]]}
    # What the reader of JSON itself refuses: a text with an end in it.
    UNREADABLE = {"integer": [], "string": ["a\0b"], "array": []}

    @samples.each(WITH_BODY)
    def test_a_member_of_another_type_is_named(self, operation):
        request = samples.make(operation)
        for name, schema in operation.body_schema["properties"].items():
            while "$ref" in schema:
                schema = contract.CHECKER.resolve(schema["$ref"])
            for value in self.WRONG[schema["type"]]:
                answer = request.send(body={**request.body, name: value})
                self.assertEqual(400, answer.status, (name, value, answer))
                self.assertIn(answer.name, ("INVALID_FIELD", "INVALID_AMOUNT"), (name, value))
                self.assert_names(name, answer)
            for value in self.UNREADABLE[schema["type"]]:
                answer = request.send(body={**request.body, name: value})
                self.assertEqual((400, "INVALID_JSON"), (answer.status, answer.name), (name, value))

    @samples.each([o for o in WITH_BODY if o.path.endswith("/charge")])
    def test_numbers_written_as_floats_are_refused(self, operation):
        request = samples.make(operation)
        for text in (b"1e3", b"100.0", b"1E2", b"-1", b"0", b"-0", b"1.5", b'"100"', b"10000001",
                     b"9223372036854775807", b"9223372036854775808", b"01", b"+1", b"0x10"):
            answer = request.send(raw=b'{"amount": ' + text + b"}")
            self.assertEqual(400, answer.status, text)
            self.assertIn(answer.name, ("INVALID_AMOUNT", "INVALID_JSON"), text)
        self.assertEqual(0, request.user.balance())

    @samples.each(WITH_PATH)
    def test_a_path_parameter_that_is_no_id_is_named(self, operation):
        request = samples.make(operation)
        for name in operation.parameters:
            digits = operation.path == "/api/{userId}"
            values = ("0", samples.BIG) if digits else \
                ("abc", "0", "-1", samples.BIG, "1e3", "1.0", "%20", "%00", "1%0a", "+1", "null", "%ED%95%9C")
            for value in values:
                answer = request.send(path=request.path_with(name, value))
                if value in ("%00",):
                    self.assertEqual(400, answer.status, answer)  # nginx reads no such path
                    continue
                self.refused(answer, 400, "INVALID_FIELD", name)

    @samples.each([o for o in contract.OPERATIONS if o.function.get("query")])
    def test_a_query_parameter_that_is_out_of_range_is_named(self, operation):
        request = samples.make(operation)
        for declared in operation.function["query"]:
            for value in ("", "abc", "-1", samples.BIG, "1.0", "1e1", "%00", "0x1"):
                answer = request.send(path=f"{request.path}?{declared['name']}={value}")
                self.refused(answer, 400, "INVALID_FIELD", declared["name"])
        self.assertEqual(200, request.send(path=request.path + "?unknown=1&&=&a=%zz").status)


if __name__ == "__main__":
    unittest.main()
