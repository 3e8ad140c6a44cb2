"""One good request for each operation of the reference, each with people and things of its own:
what the tests of every operation vary."""
import functools

import client
import contract
import stage

BIG = "99999999999999999999"  # 20 digits


class Request:
    def __init__(self, operation, path=None, body=client.NOTHING, credential=None, user=None, concert=None):
        self.operation, self.path, self.body = operation, path or operation.path, body
        self.credential, self.user, self.concert = credential, user, concert

    @property
    def is_gated(self):
        return self.operation.gate != "none"

    def send(self, method=None, path=None, body=None, credential=None, **options):
        """The request, with anything of it replaced."""
        credential = self.credential if credential is None else credential
        if credential:
            options.setdefault("token" if self.is_gated else "access", credential)
        body = self.body if body is None and "raw" not in options else client.NOTHING if body is None else body
        return client.call(method or self.operation.method, path or self.path, body, **options)

    def path_with(self, name, value):
        """The path with one parameter replaced."""
        parts = [value if declared == "{" + name + "}" else actual for declared, actual
                 in zip(self.operation.path.split("/"), self.path.split("/"))]
        return "/".join(parts)


def _owner(operation, **more):
    user = stage.User()
    return Request(operation, operation.path.replace("{userId}", str(user.id)), credential=user.access,
                   user=user, **more)


def _inside(operation, balance=0):
    concert = stage.Concert()
    user = stage.buyer(concert, balance)
    path = operation.path.replace("{concertId}", str(concert.id)) \
        .replace("{sessionId}", str(concert.session.id)).replace("{date}", concert.session.date)
    return Request(operation, path, credential=user.token, user=user, concert=concert)


def _book_seat(operation):
    request = _inside(operation)
    request.body = {"concertAt": request.concert.session.date, "reservationAmount": 2000,
                    "seatNumbers": ["1", "2"]}
    return request


def _reservation_create(operation):
    request = _inside(operation)
    request.body = {"userId": request.user.id,
                    "seatIds": [request.concert.session.seat(1), request.concert.session.seat(2)]}
    return request


def _pay(operation):
    request = _inside(operation, balance=5000)
    request.reservation = request.user.must_hold(request.concert, 1)
    request.path = request.path.replace("{reservationId}", str(request.reservation))
    request.body = {"payAmount": 1000} if operation.id == "pay" else \
        {"userId": request.user.id, "reservationId": request.reservation}
    return request


def _reservation(operation):
    request = _inside(operation)
    request.reservation = request.user.must_hold(request.concert, 1)
    request.path = request.path.replace("{reservationId}", str(request.reservation))
    request.credential = request.user.access
    return request


def _queue_join(operation):
    user, concert = stage.User(), stage.Concert()
    return Request(operation, body={"userId": user.id, "concertId": concert.id}, credential=user.access,
                   user=user, concert=concert)


def _auth_token(operation):
    person = {"name": stage.unique("login"), "password": stage.unique("password")}
    client.post("/api/v1/users", person)
    return Request(operation, body=person)


def _charge(operation):
    return _owner(operation, body={"amount": 500})


_MAKERS = {
    "getToken": lambda o: Request(o, body={"username": stage.unique("name"), "concertId": stage.Concert().id}),
    "userCreate": lambda o: Request(o, body={"name": stage.unique("name"), "email": "mina@example.org",
                                             "password": stage.unique("password")}),
    "authToken": _auth_token, "queueJoin": _queue_join, "bookSeat": _book_seat,
    "reservationCreate": _reservation_create, "pay": _pay, "paymentCreate": _pay, "charge": _charge,
    "pointCharge": _charge, "pointChargePost": _charge, "reservationCancel": _reservation,
    "reservationGet": _reservation, "balance": _owner, "histories": _owner, "pointBalance": _owner,
    "pointHistories": _owner, "reservationList": _owner,
}


def make(operation):
    if operation.id in _MAKERS:
        return _MAKERS[operation.id](operation)
    return _inside(operation) if operation.gate != "none" else Request(operation)


def of(**wanted):
    """The operations that have these attributes."""
    return [o for o in contract.OPERATIONS
            if all(getattr(o, name) in (value if isinstance(value, tuple) else (value,))
                   for name, value in wanted.items())]


def each(operations):
    """Makes a test of one operation a test of all these; a failure names its operation."""
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for operation in operations:
                with self.subTest(operation.id):
                    test(self, operation)
        return run
    return decorate
