"""What is asked over HTTP, what its answer has to be, and the statements that do the same work on a
bare MariaDB. Names in braces are columns of world.py's tables; see script.h."""
from world import CONCERT, LINE, LINE_CONCERT, PRICE

_OK = '"isSuccess":true'


def step(name, method, path, body="", *, token=True, status=200, has=(), until=None, capture=()):
    head = [f"step {name}", f"status {status}", *[f"has {text}" for text in has]]
    head += [f"until {until}"] if until else []
    head += [f"capture {member}" for member in capture]
    request = [f"{method} {path} HTTP/1.1", "Host: bench", "Accept: application/json"]
    request += ["token: {token}"] if token else []
    request += ["Content-Type: application/json", "", body] if body else []
    return "\n".join(head) + "\n----\n" + "\n".join(request)


CHECK = step("check", "GET", "/api/check", has=[_OK, '"state":"WAITING"'])
PROGRESS = step("progress", "GET", f"/api/v1/waiting-queues/progress?concertId={LINE_CONCERT}", token=False,
                has=['"servedNumber":'])
JOIN = step("getToken", "POST", "/api/getToken", f'{{"username":"{{name}}","concertId":{LINE_CONCERT}}}',
            token=False, has=[_OK, '"state":"WAITING"'])
DATES = step("dates", "GET", "/api/booking/1/list/time", has=[_OK, '"availableDates":["'])
CHARGE = step("charge", "PATCH", "/api/{user}/charge", '{"amount":1000}', has=[_OK, '"userId":{user}', '"point":'])
HOLD = step("hold", "POST", f"/api/booking/{CONCERT}/seat",
            f'{{"concertAt":"{{date}}","reservationAmount":{PRICE},"seatNumbers":["{{seat}}"]}}',
            has=[_OK, '"reservationSeat":"{seat}"', f'"totalAmount":{PRICE}'], capture=["reservationId"])
PAY = step("pay", "POST", "/api/{reservationId}/payment", f'{{"payAmount":{PRICE}}}',
           has=[_OK, '"reservationId":{reservationId}', f'"payAmount":{PRICE}'])
# A fan whom nobody knows yet, from the door to the ticket.
JOURNEY = [
    step("join", "POST", "/api/getToken", f'{{"username":"fan{{name}}","concertId":{CONCERT}}}', token=False,
         has=[_OK], capture=["token", "userId"]),
    step("wait", "GET", "/api/check", has=[_OK], until='"state":"ACTIVATED"'),
    step("look-dates", "GET", "/api/booking/1/list/time", has=[_OK, '"availableDates":["']),
    step("look-seats", "GET", "/api/booking/1/dates/{smallDate}/list/seats", has=[_OK, '"availableSeatsList":["']),
    HOLD,
    step("charge", "PATCH", "/api/{userId}/charge", f'{{"amount":{PRICE}}}', has=[_OK, '"userId":{userId}']),
    PAY,
]


def seats(concert, date, name):
    return step(name, "GET", f"/api/booking/{concert}/dates/{date}/list/seats", has=[_OK, '"availableSeatsList":["1"'])


def script(*steps):
    return "\n====\n".join(steps)


def join_statements(stack):
    """The same statements that the service runs for somebody new."""
    if stack.sql("SHOW PROCEDURE STATUS WHERE Db = DATABASE() AND Name = 'join_first'"):
        return f"CALL join_first(1, {{uuid}}, {{name}}, NULL, {LINE}, {{jti}}, 86400)\nCOMMIT"
    return f"""START TRANSACTION
INSERT INTO account (uuid, name, email, password_hash, created_at) VALUES ({{uuid}}, {{name}}, NULL, NULL, NOW(6)) RETURNING id, uuid, name, password_hash
INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) SELECT {LINE}, NEXTVAL(ticket_number_{LINE}), LAST_INSERT_ID(), {{jti}}, NOW(6), NOW(6) + INTERVAL 86400 SECOND RETURNING queue_id, number, user_id, jti, state, joined_at, token_expires_at, admitted_at
COMMIT"""


STATEMENTS = {
    "charge": "CALL ceiling_charge({user}, 1000)",
    "hold": "CALL ceiling_hold({queue}, {number}, {user}, {concert}, {session}, {seat})",
    "hold+pay": "CALL ceiling_hold({queue}, {number}, {user}, {concert}, {session}, {seat})\n"
                "CALL ceiling_pay({queue}, {number}, {user})",
}
