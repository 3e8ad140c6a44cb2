"""What tests play on: concerts, lines and people of their own, so that they need not know of each
other and may run in any order."""
import datetime
import itertools
import os
import time
import uuid

import client
import database
import tokens

ZONE = datetime.timezone(datetime.timedelta(hours=9))  # Asia/Seoul, the default TIME_ZONE
_count = itertools.count(1)
_RUN = f"{os.getpid():x}{int(time.time()) % 100000:x}"


def unique(word):
    return f"{word}-{_RUN}-{next(_count)}"


def day(days):
    """The calendar date so many days from now, as the service sees it."""
    return (datetime.datetime.now(ZONE) + datetime.timedelta(days=days)).date().isoformat()


def _utc(date, minute):
    local = datetime.datetime.fromisoformat(f"{date}T{minute}").replace(tzinfo=ZONE)
    return local.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def line(capacity=1000, claim=120, visit=600):
    """A line of its own."""
    return int(database.value(
        "INSERT INTO queue (name, capacity, claim_seconds, visit_seconds) VALUES (%s, %s, %s, %s);"
        "SET @queue = LAST_INSERT_ID(); EXECUTE IMMEDIATE CONCAT('CREATE SEQUENCE ticket_number_', @queue, "
        "' START WITH 1 INCREMENT BY 1 CACHE 100'); SELECT @queue",
        unique("line"), capacity, claim, visit))


class Session:
    def __init__(self, id, date, minute):
        self.id, self.date, self.minute = id, date, f"{date}T{minute}"

    def seat(self, number):
        return self.id * 100000 + number


class Concert:
    """Seats 1 to `seats` in each session cost `price`, and seat n in the first session, too."""

    def __init__(self, sessions=((40, "19:00"),), seats=20, price=1000, opens=-1, closes=30, queue=None):
        self.queue = queue if queue is not None else line()
        self.price, self.name = price, unique("concert")
        statements = ["INSERT INTO concert (name, artist, place, queue_id, reservation_open_at, "
                      "reservation_close_at) VALUES (%s, 'artist', 'place', %s, NOW(6) + INTERVAL %s DAY, "
                      "NOW(6) + INTERVAL %s DAY); SET @concert = LAST_INSERT_ID(); SELECT @concert"]
        values, times = [self.name, self.queue, opens, closes], [(day(days), minute) for days, minute in sessions]
        for date, minute in times:
            statements.append(
                "INSERT INTO session (concert_id, starts_at, cancel_until, seat_count) "
                "VALUES (@concert, %s, %s - INTERVAL 1 DAY, %s); SET @session = LAST_INSERT_ID();"
                "INSERT INTO seat (session_id, number, price) SELECT @session, seq, %s FROM seq_1_to_99999 "
                "WHERE seq <= %s; SELECT @session")
            values += [_utc(date, minute), _utc(date, minute), seats, price, seats]
        self.id, *ids = (int(id) for [id] in database.sql(";".join(statements), *values))
        self.sessions = [Session(id, *when) for id, when in zip(ids, times)]
        self.session = self.sessions[0]
        self.path = f"/api/v1/concerts/{self.id}/sessions/{self.session.id}"


class User:
    """Registered by SQL; the access token is signed here as the service would sign it."""

    def __init__(self, name=None):
        self.name, self.uuid = name or unique("user"), str(uuid.uuid4())
        self.id = int(database.value("INSERT INTO account (uuid, name) VALUES (%s, %s);"
                                     "SELECT LAST_INSERT_ID()", self.uuid, self.name))
        self.access = tokens.access(self.id, self.uuid)

    def join(self, concert):
        """A place in the concert's line; the answer of getToken."""
        answer = client.post("/api/getToken", {"username": self.name, "concertId": concert.id},
                             access=self.access)
        assert answer.status == 200, answer
        self.token = answer.result["token"]
        return answer.result

    def charge(self, amount):
        answer = client.post(f"/api/v1/users/{self.id}/points/charge", {"amount": amount},
                             access=self.access)
        assert answer.status == 200, answer
        return answer.json

    def balance(self):
        return client.get(f"/api/v1/users/{self.id}/points", access=self.access).json["totalAmount"]

    def hold(self, concert, *numbers, session=None, **options):
        session = session or concert.session
        return client.post(f"/api/v1/concerts/{concert.id}/sessions/{session.id}/reservations",
                           {"seatIds": [session.seat(n) for n in numbers]}, token=self.token, **options)

    def must_hold(self, concert, *numbers, **options):
        answer = self.hold(concert, *numbers, **options)
        assert answer.status == 201, answer
        return answer.json["reservationId"]

    def pay(self, reservation, **options):
        return client.post("/api/v1/payments", {"reservationId": reservation}, token=self.token, **options)

    def must_pay(self, reservation):
        answer = self.pay(reservation)
        assert answer.status == 201, answer
        return answer.json

    def reservation(self, reservation):
        return client.get(f"/api/v1/reservations/{reservation}", access=self.access)

    def cancel(self, reservation, **options):
        return client.delete(f"/api/v1/reservations/{reservation}", access=self.access, **options)

    def status(self):
        return client.get("/api/v1/waiting-queues", token=self.token)


def buyer(concert, balance=0):
    """A user who has been admitted to the concert's line."""
    user = User()
    joined = user.join(concert)
    assert joined["state"] == "ACTIVATED", joined
    if balance:
        user.charge(balance)
    return user


def people(count):
    """Many users at the cost of one statement."""
    names = [unique("crowd") for _ in range(count)]
    database.sql("INSERT INTO account (uuid, name) VALUES " +
                 ",".join(f"(UUID(), {database.quote(name)})" for name in names))
    rows = database.sql("SELECT name, id, uuid FROM account WHERE name IN (" +
                        ",".join(database.quote(name) for name in names) + ") ORDER BY id")
    out = []
    for name, id, user_uuid in rows:
        user = User.__new__(User)
        user.name, user.id, user.uuid = name, int(id), user_uuid
        user.access = tokens.access(user.id, user_uuid)
        out.append(user)
    return out


def admit_at_once(concert, users):
    """Places and visits for many, as joining and an advance would have written them."""
    jti = {user.id: str(uuid.uuid4()) for user in users}
    expires = int(time.time()) + 3600
    for user in users:
        number = user.number = 1 + users.index(user)
        user.token = tokens.access(user.id, user.uuid, que=concert.queue, num=number, jti=jti[user.id])
    rows = ",".join(f"({concert.queue}, {u.number}, {u.id}, '{jti[u.id]}', 'ADMITTED', NOW(6), "
                    f"FROM_UNIXTIME({expires}), NOW(6))" for u in users)
    visits = ",".join(f"({concert.queue}, {u.number}, {u.id}, NOW(6), NOW(6), "
                      f"NOW(6) + INTERVAL 10 MINUTE)" for u in users)
    database.sql(
        "START TRANSACTION; INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, "
        f"token_expires_at, admitted_at) VALUES {rows};"
        "INSERT INTO visit (queue_id, number, user_id, admitted_at, claimed_at, ends_at) "
        f"VALUES {visits};"
        f"SELECT SETVAL(ticket_number_{concert.queue}, {len(users)});"
        f"UPDATE queue SET inside = {len(users)}, served_no = {len(users)}, admitted_no = {len(users)} "
        f"WHERE id = {concert.queue}; COMMIT")


def lapse_hold(reservation):
    """The hold's last instant is now past."""
    database.sql("UPDATE seat SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE reservation_id = %s;"
                 "UPDATE reservation SET hold_until = NOW(6) - INTERVAL 1 SECOND WHERE id = %s;"
                 "UPDATE seat_version SET version = version + 1",
                 reservation, reservation)


def end_visit(user):
    """The user's visit has run out."""
    claims = tokens.read(user.token)
    database.sql("UPDATE visit SET ends_at = NOW(6) - INTERVAL 1 SECOND WHERE queue_id = %s AND number = %s",
                 claims["que"], claims["num"])
