"""What schemathesis does not know by itself: people with places and money, and things that are there.

Made-up requests would stop at the first gate. They are therefore sent by somebody who is inside, and
ids that were made up to be good become ids of things that exist, mostly. Every answer is held against
the contract as the suite `contract` holds it.
"""
import os
import random
import re
import urllib.parse

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

import client
import contract
import stage

CASES_PER_USER = 8
# More than are ever held; a list of tens of thousands took half of the time to be read.
SEATS = 5000
# Of ten requests, so many are about things that exist.
KNOWN_OF_TEN = 8
PLANTED = os.environ.get("FUZZ_PLANTED") == "1"


class World:
    """One hall, and the person who is asking just now. Which ids are replaced follows from the seed."""

    def __init__(self):
        self.random = random.Random(os.environ["FUZZ_SEED"])
        self.concert = stage.Concert(sessions=((40, "19:00"), (41, "15:00"), (41, "20:00")), seats=SEATS)
        self.seat = 0
        self.cases = 0
        self.user = None
        self.reservation = None
        self.login = {"name": stage.unique("login"), "password": "correct horse"}
        client.post("/api/v1/users", self.login)

    def somebody(self):
        if self.cases % CASES_PER_USER == 0:
            self.user = stage.buyer(self.concert, balance=1_000_000)
            self.reservation = None
        self.cases += 1
        return self.user

    def free_seat(self):
        self.seat = self.seat % SEATS + 1
        return self.seat

    def held(self):
        """A reservation of this user; unpaid when it was made."""
        if self.reservation is None:
            answer = self.user.hold(self.concert, self.free_seat())
            # Who has paid or left cannot hold: then an id that nobody of us has.
            self.reservation = answer.json["reservationId"] if answer.status == 201 else 1
        return self.reservation

    def known(self, name):
        """How to come by something that exists, by the name of a parameter or member; else nothing."""
        first, second, third = self.concert.sessions
        makers = {
            "userId": lambda: self.user.id, "concertId": lambda: self.concert.id,
            "sessionId": lambda: first.id, "reservationId": self.held,
            "date": lambda: self.random.choice([first.date, second.date, third.minute]),
            "concertAt": lambda: self.random.choice([first.date, second.date, third.minute]),
            "seatIds": lambda: [first.seat(self.free_seat())],
            "seatNumbers": lambda: [str(self.free_seat())],
            "reservationAmount": lambda: self.concert.price, "payAmount": lambda: self.concert.price,
            "username": lambda: self.user.name, "name": lambda: stage.unique("made-up"),
        }
        return makers.get(name)

    def replace(self, operation, values):
        """The same with things that exist, mostly."""
        if operation == "authToken" and self.random.randrange(10) < KNOWN_OF_TEN:
            return {**values, **self.login}
        out = dict(values)
        for name in values:
            maker = self.known(name)
            if maker and self.random.randrange(10) < KNOWN_OF_TEN:
                out[name] = maker()
        return out


_world = []


def world():
    if not _world:
        _world.append(World())
        _world[0].somebody()
    return _world[0]


@schemathesis.auth(refresh_interval=None)
class Credential:
    def get(self, case, context):
        return world().somebody()

    def set(self, case, user, context):
        for requirement in case.operation.definition.raw.get("security", []):
            for scheme in requirement:
                name, value = {"token": ("token", user.token), "queueToken": ("QUEUE-TOKEN", user.token),
                               "bearer": ("Authorization", f"Bearer {user.access}")}[scheme]
                case.headers = {**(case.headers or {}), name: value}


def operation_of(case):
    return case.operation.definition.raw["operationId"]


def is_negative(case, location):
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and component.mode.is_negative


@schemathesis.hook
def before_call(context, case, kwargs):
    """Where a part of the request was made up to be good, its ids become ids of things."""
    operation = operation_of(case)
    if case.path_parameters and not is_negative(case, ParameterLocation.PATH):
        case.path_parameters = world().replace(operation, case.path_parameters)
    if isinstance(case.body, dict) and not is_negative(case, ParameterLocation.BODY):
        case.body = world().replace(operation, case.body)


@schemathesis.hook
def after_call(context, case, response):
    """The control: answers as a broken service would give them."""
    if not PLANTED:
        return
    operation = operation_of(case)
    if operation == "concertList":
        response.status_code = 500
    elif operation == "pointBalance":
        response.content = response.content.replace(b"totalAmount", b"total")
    else:
        response.status_code = 299
        response.headers.pop("x-request-id", None)


@schemathesis.check
def contract_holds(ctx, response, case):
    """Status, shape, language, headers and the catalogue's names, as tests/support/contract.py knows them."""
    request = response.request
    headers = [(name, value) for name, values in response.headers.items() for value in values]
    sent = {name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()}
    try:
        contract.check(request.method, request.url.removeprefix(client.BASE.geturl()),
                       client.Answer(response.status_code, headers, response.content), sent)
    except AssertionError as broken:
        raise Failure(operation=case.operation.label, title="The contract is broken",
                      message=str(broken)) from None


def is_path_good(operation, parameters):
    """Percent-encoded, a good parameter does not look it to schemathesis."""
    declared = operation.function.get("path", {})
    for name, value in parameters.items():
        text = urllib.parse.unquote(str(value))
        if name in declared:
            if contract.CHECKER.complaints(text, declared[name]["schema"]):
                return False
        elif not re.fullmatch("0*[1-9][0-9]*", text) or int(text) >= 2**63:
            return False
    return True


def is_really_bad(case):
    """Whether a request that was made up to be bad is so by HTTP's and the contract's rules.

    HTTP takes the blanks around a header's value away, and an empty key is none. A member that is not
    required may be null, which is as good as absent.
    """
    operation = contract.BY_ID[operation_of(case)]
    if is_negative(case, ParameterLocation.QUERY) or not is_path_good(operation, case.path_parameters or {}):
        return True
    key = (case.headers or {}).get("Idempotency-Key", "")
    if operation.idempotent and not re.fullmatch("[!-~]{0,128}", key.strip(" \t")):
        return True
    if not operation.has_body or not is_negative(case, ParameterLocation.BODY):
        return False
    if not isinstance(case.body, dict):
        return True
    required = operation.body_schema.get("required", [])
    body = {name: value for name, value in case.body.items() if value is not None or name in required}
    return bool(contract.CHECKER.complaints(body, operation.body_schema))


def has_odd_number(value):
    if isinstance(value, float):
        return value.is_integer()
    if isinstance(value, int):
        return not -2**63 <= value < 2**63
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return any(has_odd_number(item) for item in items)


def is_really_good(case, response):
    """Whether a refused request was good also by what a schema does not say.

    Days are the calendar's, a key may have been used before, 100.0 is no whole number (JSON Schema
    takes it for one), and no integer anywhere in the body may be beyond 64 bits.
    """
    error = response.json()
    name = error["errorCode"] if "errorCode" in error else error["code"]
    if name in ("INVALID_JSON", "INVALID_AMOUNT", "INVALID_FIELD") and has_odd_number(case.body):
        return False
    return name != "IDEMPOTENCY_KEY_REUSED" and "YYYY-MM-DD" not in error.get("detail", "")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, AcceptedNegativeData):
        return is_really_bad(case)
    if isinstance(failure, RejectedPositiveData):
        return is_really_good(case, response)
    return True
