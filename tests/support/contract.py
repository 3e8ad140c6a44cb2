"""The written contract: nginx/openapi.yaml and the error catalogue, held against every answer.

What was seen is noted (operation, status, error), so that coverage.py can name what never was.
"""
import atexit
import os
import pathlib
import re
import sys

import yaml

from schema import Checker

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "functions"))
from declarations import access_of, plain, read_errors, read_functions  # noqa: E402, F401

DOCUMENT = yaml.load((ROOT / "nginx/openapi.yaml").read_text(),
                     Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
ERRORS = read_errors()
FUNCTIONS = {function["binary"]: function for function in read_functions()}
CHECKER = Checker(DOCUMENT)
METHODS = ("get", "post", "patch", "delete", "put")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SHAPE = {"v1": "application/problem+json", "envelope": "application/json"}


class Operation:
    def __init__(self, method, path, declared):
        self.method, self.path, self.declared = method.upper(), path, declared
        self.id = declared["operationId"]
        self.function = FUNCTIONS[declared["x-function"]]
        self.family = self.function["family"]
        self.access = access_of(self.function)
        self.gate = self.function["queue"]
        self.identity = self.function["identity"]
        self.idempotent = self.function["idempotent"]
        self.has_body = self.function["body"]
        # /api/{userId} is for digits only: other texts there are paths of their own.
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        self.pattern = re.compile("/api/[0-9]+" if path == "/api/{userId}" else pattern)

    @property
    def parameters(self):
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def body_schema(self):
        return self.declared["requestBody"]["content"]["application/json"]["schema"]

    def errors(self):
        """The catalogue's names that are declared, with their status."""
        for status, response in self.declared["responses"].items():
            for content in response.get("content", {}).values():
                for name in content.get("examples", {}):
                    if name in ERRORS:
                        yield int(status), name

    def successes(self):
        return [int(status) for status in self.declared["responses"] if status < "400"]

    def __repr__(self):
        return f"{self.method} {self.path}"


OPERATIONS = [Operation(method, path, declared) for path, item in DOCUMENT["paths"].items()
              for method, declared in item.items() if method in METHODS]
BY_ID = {operation.id: operation for operation in OPERATIONS}
_seen = set()


def family_of(path):
    path = path.partition("?")[0]
    if path.startswith("/api/v1/") or path == "/api/v1":
        return "v1"
    return "envelope" if re.match(r"/(api|booking)(/|$)", path) else "v1"


def operations_at(path):
    path = path.partition("?")[0]
    exact = [o for o in OPERATIONS if o.path == path]
    return exact or [o for o in OPERATIONS if o.pattern.fullmatch(path)]


def find_operation(method, path):
    method = "GET" if method == "HEAD" else method
    return next((o for o in operations_at(path) if o.method == method), None)


def note(operation, status, name):
    _seen.add(f"{operation.id if operation else '-'} {status} {name or '-'}")


@atexit.register
def _write_seen():
    if os.environ.get("SEEN_FILE") and _seen:
        with open(os.environ["SEEN_FILE"], "a") as file:
            file.write("\n".join(sorted(_seen)) + "\n")


def check(method, path, answer, sent):
    """Whether an answer is as it was promised, whatever it is."""
    say = f"{method} {path} -> {answer.status} {answer.body[:300]!r}"
    _check_headers(path, answer, sent, say)
    operation = find_operation(method, path)
    name = None
    if answer.status >= 400:
        name = _check_error(method, path, answer, sent, operation, say)
    elif operation:
        _check_success(method, operation, answer, say)
    note(operation, answer.status, name)


def _check_headers(path, answer, sent, say):
    ids = answer.header_all("X-Request-Id")
    assert len(ids) == 1, f"{say}: {len(ids)} X-Request-Id"
    asked = {name.lower(): value for name, value in sent.items()}.get("x-request-id", "")
    if REQUEST_ID.fullmatch(asked):
        assert ids[0] == asked, f"{say}: X-Request-Id is {ids[0]}, not the request's"
    else:
        assert UUID.fullmatch(ids[0]), f"{say}: X-Request-Id {ids[0]!r} is no UUID"
    assert answer.header_all("X-Content-Type-Options") == ["nosniff"], say
    reference = re.match(r"/($|docs|openapi\.yaml)", path)
    progress = path.startswith("/api/v1/waiting-queues/progress") and answer.status == 200
    if not reference:
        expected = "public, max-age=1" if progress else "no-store"
        assert answer.header_all("Cache-Control") == [expected], \
            f"{say}: Cache-Control {answer.header_all('Cache-Control')}"
    for internal in ("Status", "X-Powered-By"):
        assert answer.header(internal) is None, f"{say}: {internal} leaks"


def _check_success(method, operation, answer, say):
    responses = operation.declared["responses"]
    assert str(answer.status) in responses, f"{say}: this status is not declared"
    declared = responses[str(answer.status)]
    if answer.header("Idempotent-Replayed") is not None:
        assert "Idempotent-Replayed" in declared.get("headers", {}), f"{say}: undeclared replay"
    if "content" not in declared:
        assert answer.body == b"", f"{say}: must have no body"
        return
    [(media_type, content)] = declared["content"].items()
    assert answer.media_type == media_type, f"{say}: {answer.media_type}"
    if method == "HEAD":
        assert answer.body == b"", f"{say}: HEAD with a body"
    elif media_type.endswith("json"):
        wrong = CHECKER.complaints(answer.json, content["schema"])
        assert not wrong, f"{say}: {wrong}"


def language_of(accept_language, family):
    for part in (accept_language or "").split(","):
        if part.strip()[:2] in ("ko", "en"):
            return part.strip()[:2]
    return "ko" if family == "envelope" else "en"


def _check_error(method, path, answer, sent, operation, say):
    family = family_of(path)
    assert answer.media_type == SHAPE[family], f"{say}: {answer.media_type}"
    if method == "HEAD":
        return None
    body = answer.json
    schema = {"$ref": "#/components/schemas/" + ("EnvelopeError" if family == "envelope" else "Problem")}
    wrong = CHECKER.complaints(body, schema)
    assert not wrong, f"{say}: {wrong}"
    name = body["errorCode"] if family == "envelope" else body["code"]
    row = ERRORS[name]
    assert answer.status == row["status"], f"{say}: the catalogue says {row['status']}"
    language = language_of({k.lower(): v for k, v in sent.items()}.get("accept-language"), family)
    title = body["message"] if family == "envelope" else body["title"]
    assert title == row["title"][language], f"{say}: title {title!r}, not in {language}"
    if family == "envelope":
        assert body["code"] == answer.status and "result" not in body, say
    else:
        assert body["status"] == answer.status, say
        assert body["type"] == f"urn:boxoffice:error:{name}", say
    if answer.status in (429, 503):
        assert int(answer.header("Retry-After")) >= 1, f"{say}: no Retry-After"
    if answer.status == 401:
        assert answer.header("WWW-Authenticate"), f"{say}: no WWW-Authenticate"
    if operation:
        assert (answer.status, name) in set(operation.errors()), f"{say}: undeclared for {operation}"
    else:
        assert name in ("ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED", "INVALID_FIELD", "BODY_TOO_LARGE"), say
    if answer.status == 405:
        allowed = {o.method for o in operations_at(path)}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        assert set(answer.header("Allow").split(", ")) == allowed, f"{say}: Allow {answer.header('Allow')}"
    return name
