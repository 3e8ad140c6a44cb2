"""Errors as such: routes, languages, ids, and input that means harm."""
import re
import socket
import unittest

import client
import contract
import stage


def raw(data):
    """Bytes as they are, and the first answer to them: status, headers, body."""
    with socket.create_connection((client.BASE.hostname, client.BASE.port), timeout=15) as connection:
        connection.sendall(data)
        received = b""
        while True:
            try:
                chunk = connection.recv(65536)
            except ConnectionResetError:
                break
            if not chunk:
                break
            received += chunk
            head, end, body = received.partition(b"\r\n\r\n")
            length = re.search(rb"\r\nContent-Length: (\d+)", head)
            if end and length and len(body) >= int(length[1]):
                break
    if not received.startswith(b"HTTP/1."):
        return client.Answer(0, [], received)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
    return client.Answer(int(lines[0].split(" ")[1]), headers, body)


def request_line(line, *headers, body=b""):
    return b"\r\n".join([line, b"Host: x", *headers, b"Connection: close", b"", body])


class Routes(unittest.TestCase):
    def test_unknown_paths_are_answered_in_the_shape_of_their_family(self):
        for path in ("/api", "/api/", "/api/nothing", "/api/1/2/3", "/api/getToken/", "/api/abc", "/booking",
                     "/booking/1", "/api/booking/1/seats", "/api/v1", "/api/v1/", "/api/v1/check",
                     "/api/v1/getToken", "/api/v1/1", "/api/v1/users/1", "/api/v1/users/1/charge",
                     "/api/v1/concerts/1", "/api/v1/1/payment", "/api/v1/1/charge", "/nothing", "/healthz/",
                     "/favicon.ico", "/.git/config", "/api/v2/concerts", "/API/v1/concerts"):
            for method in ("GET", "POST", "DELETE"):
                answer = client.call(method, path)
                self.assertEqual((404, "ROUTE_NOT_FOUND"), (answer.status, answer.name), (method, path))
                self.assertEqual(contract.family_of(path) == "envelope", "errorCode" in answer.json, path)

    def test_paths_that_climb_or_hide_reach_nothing(self):
        for path in ("/api/v1/../../etc/passwd", "/../../../etc/passwd", "/docs/../secrets/token.key",
                     "/docs/%2e%2e/%2e%2e/secrets/token.key", "/docs/..%2f..%2fsecrets/token.key",
                     "/docs//../settings.env", "/api/v1/%2e%2e/%2e%2e/secrets", "/%c0%ae%c0%ae/secrets",
                     "/api/v1/users/..%2f..%2f1/points/x", "/docs/%00", "/docs/.%00/", "/%", "/%zz"):
            answer = client.send("GET", path, None, {})
            self.assertIn(answer.status, (400, 404), path)
            self.assertRegex(answer.media_type, "json")

    def test_a_slash_too_many_or_an_encoded_one_is_not_another_route(self):
        user = stage.User()
        self.assertEqual(404, client.get(f"/api/v1/users/{user.id}/points/", access=user.access).status)
        answer = client.get(f"/api/v1/users/{user.id}%0a/points", access=user.access)
        self.assertEqual((400, "INVALID_FIELD"), (answer.status, answer.name))

    def test_the_instance_is_the_path_without_the_query(self):
        answer = client.get("/api/v1/users/abc/points?secret=1", access=stage.User().access)
        self.assertEqual("/api/v1/users/abc/points", answer.json["instance"])
        answer = client.get("/api/v1/nothing?secret=1")
        self.assertEqual("/api/v1/nothing", answer.json["instance"])


class Language(unittest.TestCase):
    # The checker holds every title against the catalogue in the language that was asked for.
    PATHS = ("/api/check", "/api/v1/waiting-queues", "/api/nothing", "/api/v1/nothing", "/nothing")

    def test_korean_and_english_in_both_families(self):
        for path in self.PATHS:
            for language in ("ko", "en", "ko-KR", "en-US,en;q=0.9", "ko-KR,ko;q=0.9,en;q=0.5", None, "fr", "*",
                             "", "fr-FR,fr;q=0.9"):
                self.assertGreaterEqual(client.get(path, language=language).status, 400)

    def test_the_weight_decides_and_nonsense_is_ignored(self):
        titles = contract.ERRORS["TOKEN_MISSING"]["title"]
        for header, language in (("en;q=0.1, ko;q=0.9", "ko"), ("ko;q=0.2,en;q=0.8", "en"),
                                 ("fr, ko;q=0.5", "ko"), (";;;q=,,,", None), ("q=1;en", None), ("x" * 5000, None)):
            sent = {"Accept-Language": header}
            for path, default, member in (("/api/check", "ko", "message"),
                                          ("/api/v1/waiting-queues", "en", "title")):
                answer = client.send("GET", path, None, sent)
                self.assertEqual(titles[language or default], answer.json[member], (header, path))

    def test_details_are_in_the_language_too(self):
        user = stage.User()
        for language, expected in (("ko", "범위의 정수여야 합니다"), ("en", "must be a whole number")):
            for path in (f"/api/{user.id}/charge", f"/api/v1/users/{user.id}/points/charge"):
                answer = client.patch(path, {"amount": "x"}, access=user.access, language=language)
                self.assertIn(expected, answer.json["detail"])


class RequestId(unittest.TestCase):
    def test_a_plausible_one_is_kept_and_any_other_replaced(self):
        for id in ("12345678", "a" * 128, "abc.DEF_123-xyz", "short", "a" * 129, "with space in it", "<script>alert</script>",
                   "quote\"quote", "한국어한국어".encode().decode("latin-1"), "semi;colon;here", "../../etc/passwd"):
            for path in ("/api/check", "/api/v1/concerts", "/nothing", "/healthz"):
                client.get(path, headers={"X-Request-Id": id})  # held by the checker

    def test_two_of_them_are_not_both_taken(self):
        answer = raw(request_line(b"GET /api/v1/concerts HTTP/1.1", b"X-Request-Id: first-id-1", b"X-Request-Id: second-id"))
        self.assertEqual(1, len(answer.header_all("X-Request-Id")))


class Hostile(unittest.TestCase):
    def test_a_path_that_is_no_utf8_is_refused_like_any_other(self):
        for path in (b"/api/v1/users/\xff/points", b"/api/v1/reservations/\xc3\x28",
                     b"/booking/1/dates/\xff/list/seats"):
            answer = raw(request_line(b"GET " + path + b" HTTP/1.1"))
            self.assertEqual((401, "TOKEN_MISSING"), (answer.status, answer.name), path)
        answer = raw(request_line(b"GET /api/v1/reservations/\xff HTTP/1.1"))
        self.assertEqual("/api/v1/reservations/%FF", answer.json["instance"])

    def test_requests_that_cannot_be_parsed_are_4xx_in_shape(self):
        for line in (b"GET /api/check HTTP/9.9", b"GET", b"get /api/check HTTP/1.1", b"G\x00T / HTTP/1.1",
                     b"\x16\x03\x01\x02\x00\x01\x00", b"GET /api/ch\x00eck HTTP/1.1", b"GET check HTTP/1.1",
                     b"GET http:// HTTP/1.1", b"GET /%00 HTTP/1.1", b"\xff\xfe / HTTP/1.1"):
            answer = raw(request_line(line))
            self.assertTrue(400 <= answer.status < 500 or answer.status == 505, (line, answer))
            if answer.status != 505:
                self.assertRegex(answer.media_type, "json", (line, answer))
            self.assertNotIn(b"nginx", answer.body)

    def test_methods_that_there_are_not(self):
        for method in (b"TRACE", b"CONNECT", b"FOO", b"PROPFIND", b"X" * 200):
            for path in (b"/api/check", b"/api/v1/concerts"):
                answer = raw(request_line(method + b" " + path + b" HTTP/1.1"))
                self.assertTrue(400 <= answer.status < 500, (method, answer))
                self.assertRegex(answer.media_type, "json", (method, answer))

    def test_headers_too_large_or_broken_are_4xx_in_shape(self):
        token = b"token: " + b"x" * 9000
        for headers in ([token], [b"QUEUE-TOKEN: " + b"y" * 40000], [b"X-%d: %s" % (i, b"z" * 4000) for i in range(20)],
                        [b"no colon"], [b"X\x00Y: 1"], [b": empty"], [b"Content-Length: -1"],
                        [b"Content-Length: abc"], [b"Content-Length: 99999999999999999999"],
                        [b"Content-Length: 5", b"Content-Length: 6"],
                        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
                        [b"Transfer-Encoding: gzip"]):
            answer = raw(request_line(b"POST /api/getToken HTTP/1.1", *headers, body=b"{}"))
            self.assertTrue(400 <= answer.status < 502 and answer.status != 500, (headers[0][:40], answer))
            if answer.body:
                self.assertRegex(answer.media_type, "json", (headers[0][:40], answer))
                self.assertIn("errorCode", answer.json)

    def test_an_address_that_is_too_long(self):
        for path, family in ((b"/api/v1/concerts", "v1"), (b"/api/check", "envelope")):
            answer = raw(request_line(b"GET " + path + b"?" + b"a" * 40000 + b" HTTP/1.1"))
            self.assertEqual((413, "BODY_TOO_LARGE"), (answer.status, answer.name), path)
            self.assertEqual(contract.SHAPE[family], answer.media_type, path)

    def test_a_header_that_is_too_large(self):
        for path, family in ((b"/api/v1/concerts", "v1"), (b"/api/check", "envelope")):
            answer = raw(request_line(b"GET " + path + b" HTTP/1.1", b"token: " + b"x" * 9000))
            self.assertEqual((413, "BODY_TOO_LARGE"), (answer.status, answer.name), path)
            self.assertEqual(contract.SHAPE[family], answer.media_type, path)

    def test_a_chunked_body_is_read_and_limited_like_any_other(self):
        name = stage.unique("chunked").encode()
        body = b'{"name": "' + name + b'"}'
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        head = (b"Content-Type: application/json", b"Transfer-Encoding: chunked")
        self.assertEqual(201, raw(request_line(b"POST /api/v1/users HTTP/1.1", *head, body=chunked)).status)
        large = b"2400\r\n" + b"x" * 0x2400 + b"\r\n0\r\n\r\n"
        answer = raw(request_line(b"POST /api/v1/users HTTP/1.1", *head, body=large))
        self.assertEqual((413, "BODY_TOO_LARGE"), (answer.status, answer.name))

    def test_a_body_of_exactly_the_limit_is_read(self):
        start, end = b'{"name": "' + stage.unique("limit").encode() + b'", "filler": "', b'"}'
        body = start + b"x" * (8192 - len(start) - len(end)) + end
        self.assertEqual(201, client.post("/api/v1/users", raw=body).status)
        answer = client.post("/api/v1/users", raw=body + b" ")
        self.assertEqual((413, "BODY_TOO_LARGE"), (answer.status, answer.name))

    def test_a_body_where_none_is_expected_changes_nothing(self):
        self.assertEqual(200, client.call("GET", "/api/v1/concerts", {"limit": 1}).status)
        self.assertEqual(413, client.send("GET", "/api/v1/concerts", b"x" * 20000, {}).status)

    def test_what_looks_like_sql_is_a_value(self):
        user = stage.User()
        for value in ("1' OR '1'='1", "1;DROP TABLE account", "1 UNION SELECT 1", "1--"):
            path = "/api/v1/users/" + value.replace(" ", "%20").replace(";", "%3B") + "/points"
            answer = client.get(path, access=user.access)
            self.assertEqual((400, "INVALID_FIELD"), (answer.status, answer.name), answer)
        self.assertEqual(0, user.balance())

    def test_headers_cannot_be_smuggled_to_a_function(self):
        user = stage.User()
        for name in ("PATH_userId", "PATH-userId", "HTTP_TOKEN", "REQ_MSEC", "Proxy", "REQUEST_METHOD"):
            answer = client.get(f"/api/{user.id}", headers={name: "1"})
            self.assertEqual("TOKEN_MISSING", answer.name, name)


if __name__ == "__main__":
    unittest.main()
