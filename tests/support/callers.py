"""Everybody who may stand before a route: by name, and how a good request to it becomes theirs.

A scene is one operation with a good request, its rightful caller, and what happened to them before.
A kind of caller takes a scene and says which headers its request has.
"""
import functools
import itertools

import client
import database
import samples
import stage
import tokens

HEADERS = ("token", "QUEUE-TOKEN", "Authorization")


@functools.cache
def _open_hall():
    return stage.Concert(seats=1000)


@functools.cache
def _shut_hall():
    return stage.Concert(queue=stage.line(capacity=0))


_free_seat = itertools.count(1)


class Scene:
    def __init__(self, operation):
        self.operation, self.gated = operation, operation.gate != "none"
        self.request = samples.make(operation)
        self.user = self.request.user or stage.User()
        self.credential = self.request.credential or self.user.access
        self.used, self._other = False, None
        if operation.access == "name":  # a known one: whoever asks must be they
            self.request.body["username"] = self.user.name
        elif operation.access == "password":  # no token stands in for it
            self.request.body["password"] = "not the password"
        elif operation.id == "userCreate":
            del self.request.body["password"]  # costs a tenth of a second each

    @property
    def hall(self):
        return self.request.concert if self.gated else _open_hall()

    @property
    def asked_headers(self):
        """Where this route looks for a token, first choice first."""
        if self.operation.family == "envelope":
            return HEADERS[:1]
        return HEADERS[1:2] if self.gated else (HEADERS[2], HEADERS[1])

    def named(self, header, token):
        return {header: f"Bearer {token}" if header == "Authorization" else token}

    def sent(self, token):
        return self.named(self.asked_headers[0], token)

    def beside(self, first, others):
        """Two tokens at once: one where this route looks first, the other everywhere else."""
        out = {}
        for header in HEADERS:
            out.update(self.named(header, others))
        return {**out, **self.sent(first)}

    def place(self, hall=None):
        """The token of the user's place in the line of that hall, taken if there is none."""
        hall = hall or self.hall
        if self.gated and hall is self.request.concert:
            return self.user.token
        return joined(self.user, hall)

    def other(self):
        """The credential of somebody else with the same rights, inside the same hall."""
        if self._other is None:
            other = stage.User()
            self._other = joined(other, self.hall) if self.gated else other.access
        return self._other

    def send(self, method, headers):
        answer = self.request.send(method=method, credential=False, headers=headers)
        self.used = self.used or (answer.status < 400 and self.operation.method != "GET")
        return answer


def joined(user, hall):
    answer = client.post("/api/getToken", {"username": user.name, "concertId": hall.id}, access=user.access)
    assert answer.status == 200, answer
    return answer.result["token"]


def altered(token, **claims):
    return tokens.sign({**tokens.read(token), **claims})


def _waiting(scene):
    if not scene.gated:
        return scene.sent(scene.place(_shut_hall()))
    # Back at the end of the same line, which is shut now.
    scene.used = True
    client.delete("/api/v1/waiting-queues", token=scene.user.token)
    database.sql("UPDATE queue SET capacity = 0 WHERE id = %s", scene.hall.queue)
    return scene.sent(joined(scene.user, scene.hall))


def _ended(end):
    """A place that was inside and has ended in this way."""
    def headers(scene):
        token, scene.used = scene.place(), True
        end(scene, token)
        return scene.sent(token)
    return headers


def _pay(scene, token):
    scene.user.token = token
    scene.user.charge(1000)
    seat = 20 if scene.gated else next(_free_seat)
    scene.user.must_pay(scene.user.must_hold(scene.hall, seat))


def _leave(scene, token):
    assert client.delete("/api/v1/waiting-queues", token=token).status == 204


def _run_out(scene, token):
    scene.user.token = token
    stage.end_visit(scene.user)


def _remove(scene, token):
    claims = tokens.read(token)
    database.sql("DELETE FROM visit WHERE queue_id = %s AND number = %s;"
                 "DELETE FROM ticket WHERE queue_id = %s AND number = %s",
                 claims["que"], claims["num"], claims["que"], claims["num"])


def _after_the_deed(headers):
    """With the key of what the rightful caller has just done."""
    def with_key(scene):
        key, scene.used = {"Idempotency-Key": stage.unique("key")}, True
        answer = scene.send(None, {**scene.sent(scene.credential), **key})
        assert answer.status < 300, answer
        return {**headers(scene), **key}
    return with_key


def _unasked(scene):
    """The right token, where this route does not look."""
    out = {}
    for header in HEADERS:
        if header not in scene.asked_headers:
            out.update(scene.named(header, scene.credential))
    return out


def _forged(what):
    return lambda scene: scene.sent(tokens.unusable(scene.credential)[what])


def _twice(scene):
    """The same header twice. Two of Authorization reach no function: nginx refuses them."""
    header = scene.asked_headers[-1]
    return {header: tokens.unusable(scene.credential)["another key"], header.swapcase(): scene.credential}


def _mine(scene):
    return scene.sent(scene.credential)


def _other(scene):
    return scene.sent(scene.other())


FORGERIES = {f"forged: {what}": _forged(what) for what in tokens.unusable(tokens.access(1, "user"))}
_ANOTHER_KEY, _EXPIRED = FORGERIES["forged: another key"], lambda s: s.sent(tokens.expired(s.credential))

KINDS = {
    "no token": lambda s: {},
    "an empty token": lambda s: {s.asked_headers[0]: ""},
    "the right token where it is not asked for": _unasked,
    "the right token in a header with an underscore": lambda s: {"QUEUE_TOKEN": s.credential},
    **FORGERIES,
    "forged, then the right one, in the same header": _twice,
    "forged, the right one in every other header": lambda s: s.beside(
        tokens.unusable(s.credential)["another key"], s.credential),
    "expired": _EXPIRED,
    "expired this very second": lambda s: s.sent(tokens.expired(s.credential, seconds=0)),
    "expired and forged": lambda s: s.sent(tokens.unusable(tokens.expired(s.credential))["another key"]),
    "rightful": _mine,
    "rightful, with a key id in the token": lambda s: s.sent(
        tokens.sign(tokens.read(s.credential), kid="../../dev/null")),
    "rightful, another's token in every other header": lambda s: s.beside(
        s.credential, s.other()),
    "an access token": lambda s: s.sent(s.user.access),
    "waiting": _waiting,
    "admitted": lambda s: s.sent(s.place()),
    "completed": _ended(_pay),
    "left the line": _ended(_leave),
    "visit run out": _ended(_run_out),
    "place removed": _ended(_remove),
    "in another line": lambda s: s.sent(joined(s.user, _open_hall())),
    "a number never given": lambda s: s.sent(altered(s.place(), num=900)),
    "a line that is not there": lambda s: s.sent(altered(s.place(), que=900000)),
    "another token of the same place": lambda s: s.sent(altered(s.place(), jti="another")),
    "another user": _other,
    "another user, the right one's token in every other header": lambda s: s.beside(
        s.other(), s.credential),
    "the key of a deed, without a token": _after_the_deed(lambda s: {}),
    "the key of a deed, forged": _after_the_deed(_ANOTHER_KEY),
    "the key of a deed, expired": _after_the_deed(_EXPIRED),
    "the key of a deed, another user": _after_the_deed(_other),
    "the key of a deed, rightful": _after_the_deed(_mine),
}
