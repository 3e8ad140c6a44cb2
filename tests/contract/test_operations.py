"""For those who run the service: health, readiness, numbers, and the reference."""
import re
import unittest

import client
import contract
import stage
import yaml


class Health(unittest.TestCase):
    def test_alive_and_ready(self):
        self.assertEqual({"status": "ok"}, client.get("/healthz").json)
        self.assertEqual({"status": "ready"}, client.get("/readyz").json)


class Metrics(unittest.TestCase):
    LINE = re.compile(r'(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [0-9.e+-]+)')

    def counts(self):
        text = client.get("/metrics").body.decode()
        for line in text.splitlines():
            self.assertRegex(line, f"^{self.LINE.pattern}$")
        return {k: float(v) for k, _, v in (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")}

    def test_every_answer_is_counted(self):
        answered = 'boxoffice_requests_total{function="v1-concert-list",status="200"}'
        refused = 'boxoffice_requests_total{function="v1-concert-list",status="400"}'
        before = self.counts()
        for _ in range(5):
            client.get("/api/v1/concerts?limit=1")
        client.get("/api/v1/concerts?limit=0")
        after = self.counts()
        self.assertEqual(5, after[answered] - before.get(answered, 0))
        self.assertEqual(1, after[refused] - before.get(refused, 0))

    def test_errors_are_counted_by_name(self):
        name = 'boxoffice_errors_total{function="envelope-check",code="TOKEN_MISSING"}'
        before = self.counts().get(name, 0)
        client.get("/api/check")
        self.assertEqual(before + 1, self.counts().get(name), [k for k in self.counts() if "errors_total" in k][:3])

    def test_the_line_is_shown(self):
        concert = stage.Concert(queue=stage.line(capacity=3))
        for user in stage.people(5):
            user.join(concert)
        counts = self.counts()
        for name, value in (("inside", 3), ("capacity", 3), ("served_number", 3), ("last_number", 5)):
            self.assertEqual(value, counts[f'boxoffice_queue_{name}{{queue="{concert.queue}"}}'], name)


class Reference(unittest.TestCase):
    def test_the_document_is_served_as_it_is(self):
        answer = client.send("GET", "/openapi.yaml", None, {})
        self.assertEqual(200, answer.status)
        self.assertEqual((contract.ROOT / "nginx/openapi.yaml").read_bytes(), answer.body)
        self.assertEqual("3.1.0", yaml.safe_load(answer.body)["openapi"])

    def test_the_page_is_served(self):
        for path in ("/docs", "/docs/docs.js"):
            answer = client.send("GET", path, None, {})
            self.assertEqual(200, answer.status, path)
        self.assertEqual("/docs", client.send("GET", "/", None, {}).header("Location"))


if __name__ == "__main__":
    unittest.main()
