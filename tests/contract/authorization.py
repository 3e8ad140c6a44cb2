"""Who gets what: what every kind of caller must be answered, by what an operation requires of its
callers (`access_of` its function.json), and how the answers are collected and judged."""
import client
import contract
from callers import FORGERIES, KINDS, Scene

GOOD = "good"          # the operation's success
REPLAY = "replayed"    # the same, kept from the first time
NONE = "401 TOKEN_MISSING"
BAD = "401 TOKEN_INVALID"
OLD = "401 TOKEN_EXPIRED"
WHO = "401 CREDENTIALS_INVALID"
OURS = "403 NOT_YOURS"
WAIT = "403 NOT_ADMITTED"
OVER = "403 PLACE_EXPIRED"
SOLD = "409 SEAT_TAKEN"

COLUMNS = ("public", "password", "name", "person", "place", "inside", "inside own")
UNPROVEN = (GOOD, WHO, WHO, BAD, BAD, BAD, BAD)
TABLE = {kind: dict(zip(COLUMNS, row)) for kind, row in {
    # fmt: off                                     public password name person place inside inside own
    "no token":                                        (GOOD, WHO, WHO, NONE, NONE, NONE, NONE),
    "an empty token":                                  (GOOD, WHO, WHO, NONE, NONE, NONE, NONE),
    "the right token where it is not asked for":       (GOOD, WHO, WHO, NONE, NONE, NONE, NONE),
    "the right token in a header with an underscore":  (GOOD, WHO, WHO, NONE, NONE, NONE, NONE),
    **{forgery: UNPROVEN for forgery in FORGERIES},
    "forged, then the right one, in the same header":  UNPROVEN,
    "forged, the right one in every other header":     UNPROVEN,
    "expired and forged":                              UNPROVEN,
    "expired":                                         (GOOD, WHO, WHO, OLD, OLD, OLD, OLD),
    "expired this very second":                        (GOOD, WHO, WHO, OLD, OLD, OLD, OLD),
    "rightful":                                        (GOOD, WHO, GOOD, GOOD, GOOD, GOOD, GOOD),
    "rightful, with a key id in the token":            (GOOD, WHO, GOOD, GOOD, GOOD, GOOD, GOOD),
    "rightful, another's token in every other header": (GOOD, WHO, GOOD, GOOD, GOOD, GOOD, GOOD),
    # Whoever stands or stood anywhere in the line is still somebody.
    "an access token":                                 (GOOD, WHO, GOOD, GOOD, BAD, BAD, BAD),
    "waiting":                                         (GOOD, WHO, GOOD, GOOD, GOOD, WAIT, WAIT),
    "admitted":                                        (GOOD, WHO, GOOD, GOOD, GOOD, GOOD, GOOD),
    "completed":                                       (GOOD, WHO, GOOD, GOOD, GOOD, OVER, OVER),
    "left the line":                                   (GOOD, WHO, GOOD, GOOD, GOOD, OVER, OVER),
    "visit run out":                                   (GOOD, WHO, GOOD, GOOD, GOOD, OVER, OVER),
    "place removed":                                   (GOOD, WHO, GOOD, GOOD, BAD, BAD, BAD),
    "in another line":                                 (GOOD, WHO, GOOD, GOOD, GOOD, WAIT, WAIT),
    "a number never given":                            (GOOD, WHO, GOOD, GOOD, BAD, BAD, BAD),
    "a line that is not there":                        (GOOD, WHO, GOOD, GOOD, BAD, BAD, BAD),
    "another token of the same place":                 (GOOD, WHO, GOOD, GOOD, BAD, BAD, BAD),
    # With a place of their own they look at that, and hold seats for themselves.
    "another user":                                    (GOOD, WHO, WHO, OURS, GOOD, GOOD, OURS),
    "another user, the right one's token in every other header":
                                                       (GOOD, WHO, WHO, OURS, GOOD, GOOD, OURS),
    # Only where an Idempotency-Key is honoured.
    "the key of a deed, without a token":              (None, None, None, NONE, None, NONE, NONE),
    "the key of a deed, forged":                       (None, None, None, BAD, None, BAD, BAD),
    "the key of a deed, expired":                      (None, None, None, OLD, None, OLD, OLD),
    "the key of a deed, another user":                 (None, None, None, OURS, None, SOLD, OURS),
    "the key of a deed, rightful":                     (None, None, None, REPLAY, None, REPLAY, REPLAY),
    # fmt: on
}.items()}
# What nobody may be left out of, whatever else there is.
ESSENTIAL = ("no token", "forged: another key", "expired", "another user", "in another line", "waiting",
             "admitted", "completed")


class Cell:
    """What one kind of caller was answered by one route."""

    def __init__(self, operation, method, kind, answer):
        self.operation, self.method, self.kind, self.access = operation, method, kind, operation.access
        if [answer.status] == operation.successes():
            self.outcome = REPLAY if answer.header("Idempotent-Replayed") else GOOD
        else:
            # An answer to HEAD has no body to name the error.
            self.outcome = f"{answer.status} {'' if method == 'HEAD' else answer.name}"

    @property
    def route(self):
        return self.method, self.operation.path

    def is_as(self, expected):
        return expected is not None and \
            (expected.startswith(self.outcome) if self.method == "HEAD" else expected == self.outcome)


def observe(operations, kinds=tuple(KINDS)):
    """Every kind of caller before every route, HEAD with GET."""
    for operation in operations:
        scene = None
        for kind in kinds:
            if kind.startswith("the key of a deed") and not operation.idempotent:
                continue
            if scene is None or scene.used:
                scene = Scene(operation)
            headers = KINDS[kind](scene)
            for method in (operation.method, "HEAD") if operation.method == "GET" else (operation.method,):
                yield Cell(operation, method, kind, scene.send(method, headers))


def differences(cells, table=None):
    """What was answered otherwise than the table says, what it does not speak of, and what of it
    was never asked: texts by (kind, access)."""
    table, wrong = TABLE if table is None else table, {}
    asked = {(cell.kind, cell.access) for cell in cells}
    for cell in cells:
        expected = table.get(cell.kind, {}).get(cell.access)
        if not cell.is_as(expected):
            wrong.setdefault((cell.kind, cell.access), []).append(
                f"{cell.method} {cell.operation.path}: {cell.outcome}, expected {expected}")
    for kind, row in table.items():
        for access, expected in row.items():
            if expected is not None and (kind, access) not in asked:
                wrong[kind, access] = ["was never asked"]
    return wrong


def declared_routes():
    """Of every function.json: what must be in the matrix."""
    for function in contract.FUNCTIONS.values():
        for path in function["paths"]:
            for method in function["methods"]:
                yield method, contract.plain(path)
                if method == "GET":
                    yield "HEAD", contract.plain(path)


def methods_not_there():
    """(method, path) of everything that a path is not for."""
    for path in sorted({operation.path for operation in contract.OPERATIONS}):
        asked = path.replace("{date}", "2026-12-24")
        for name in ("userId", "concertId", "sessionId", "reservationId"):
            asked = asked.replace("{" + name + "}", "1")
        has = {operation.method for operation in contract.operations_at(asked)}
        has |= {"HEAD"} if "GET" in has else set()
        for method in sorted({"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"} - has):
            yield method, asked


def everywhere(token):
    """A token in every header that some route looks at."""
    return {} if token is None else {"token": token, "QUEUE-TOKEN": token, "Authorization": f"Bearer {token}"}


def refused_method(method, path, token):
    answer = client.call(method, path, headers=everywhere(token))
    return answer.status, None if method == "HEAD" else answer.name
