"""The data that a benchmark runs on: people who are inside, people who wait, and seats, written by
SQL as the service would have written them."""
import base64
import datetime
import hashlib
import hmac
import json
import time

SEATS = 5000          # of one session
PRICE = 1000
BALANCE = 1_000_000
HALL, LINE = 1, 2     # queues: one with room for everybody, one that is full
INSIDE_THE_LINE = 100
FIRST_USER = 10_000_000
FIRST_SESSION = 100_000
CONCERT, LINE_CONCERT = 100_000, 100_001
FIRST_WAITING = 50_000_000  # user ids of those who wait


def uuid_of(number):
    return f"00000000-0000-4000-8000-{number:012x}"


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(stack, user, queue, number):
    now = int(time.time())
    head = _encode(b'{"alg":"HS256","typ":"JWT"}')
    claims = {"exp": now + 86400, "iat": now, "jti": uuid_of(user), "num": number, "que": queue,
              "sub": uuid_of(user), "uid": user}
    text = f"{head}.{_encode(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{text}.{_encode(hmac.digest(stack.token_key, text.encode(), hashlib.sha256))}"


def _uuid(expression):
    return f"CONCAT('00000000-0000-4000-8000-', LPAD(LOWER(HEX({expression})), 12, '0'))"


def date_of(session_index):
    return (datetime.date.today() + datetime.timedelta(days=30 + session_index)).isoformat()


def people(first, count, balance):
    return f"""
INSERT INTO account (id, uuid, name, balance) SELECT {first} + seq, {_uuid(f'{first} + seq')},
  CONCAT('bench', {first} + seq), {balance} FROM seq_0_to_{count - 1};
""" + ("" if balance == 0 else f"""
INSERT INTO ledger (user_id, kind, amount, balance_after, created_at)
  SELECT {first} + seq, 'CHARGE', {balance}, {balance}, NOW(6) FROM seq_0_to_{count - 1};
""")


def places(queue, first_user, first_number, count, state):
    inside = state == "ADMITTED"
    now = "NOW(6)" if inside else "NULL"
    return f"""
INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, token_expires_at, admitted_at)
  SELECT {queue}, {first_number} + seq, {first_user} + seq, {_uuid(f'{first_user} + seq')}, '{state}', NOW(6),
    NOW(6) + INTERVAL 1 DAY, {now} FROM seq_0_to_{count - 1};
""" + ("" if not inside else f"""
INSERT INTO visit (queue_id, number, user_id, admitted_at, claimed_at, ends_at)
  SELECT {queue}, {first_number} + seq, {first_user} + seq, NOW(6), NOW(6), NOW(6) + INTERVAL 1 DAY
  FROM seq_0_to_{count - 1};
UPDATE queue SET inside = inside + {count}, served_no = {first_number + count - 1},
  admitted_no = {first_number + count - 1} WHERE id = {queue};
""")


def fill(stack, users, waiting):
    """`users` inside the hall, each with a seat of their own to take, and `waiting` in the line. Checks
    stay on: without them InnoDB (10.11) loads empty tables in bulk, and of two such loads of tickets in
    one transaction only the second was there after it."""
    sessions = -(-users // SEATS)
    stack.sql(f"""
SET autocommit = 0, max_statement_time = 0;
INSERT INTO queue (id, name, capacity, claim_seconds, visit_seconds)
  VALUES ({LINE}, 'bench-line', {INSIDE_THE_LINE}, 86400, 86400);
INSERT INTO concert (id, name, queue_id, reservation_open_at, reservation_close_at) VALUES
  ({CONCERT}, 'bench', {HALL}, NOW(6) - INTERVAL 1 DAY, NOW(6) + INTERVAL 3 YEAR),
  ({LINE_CONCERT}, 'bench-line', {LINE}, NOW(6) - INTERVAL 1 DAY, NOW(6) + INTERVAL 3 YEAR);
INSERT INTO session (id, concert_id, starts_at, cancel_until, seat_count)
  SELECT {FIRST_SESSION} + seq, {CONCERT}, t, t - INTERVAL 1 DAY, {SEATS} FROM (SELECT seq,
    TIMESTAMP('{date_of(0)} 10:00:00') + INTERVAL seq DAY AS t FROM seq_0_to_{sessions - 1}) s;
INSERT INTO seat (session_id, number, price) SELECT s.id, n.seq, {PRICE}
  FROM session s STRAIGHT_JOIN seq_1_to_{SEATS} n WHERE s.concert_id = {CONCERT};
{people(FIRST_USER, users, BALANCE)}{places(HALL, FIRST_USER, 1, users, 'ADMITTED')}
{people(FIRST_WAITING, INSIDE_THE_LINE + waiting, 0)}
{places(LINE, FIRST_WAITING, 1, INSIDE_THE_LINE, 'ADMITTED')}
{places(LINE, FIRST_WAITING + INSIDE_THE_LINE, INSIDE_THE_LINE + 1, waiting, 'WAITING')}
COMMIT;
SELECT SETVAL(ticket_number_{HALL}, {users});
CREATE SEQUENCE ticket_number_{LINE} START WITH {INSIDE_THE_LINE + waiting + 1} INCREMENT BY 1 CACHE 100;
ANALYZE TABLE account, ticket, visit, seat, session;
""")
    expect(stack, "ticket", users + INSIDE_THE_LINE + waiting)
    expect(stack, "visit", users + INSIDE_THE_LINE)


def expect(stack, table, rows):
    """A load that lost rows would be measured as a very fast database."""
    found = int(stack.value(f"SET STATEMENT max_statement_time = 0 FOR SELECT COUNT(*) FROM {table}"))
    if found != rows:
        raise RuntimeError(f"{table} has {found} rows instead of {rows}")


def buyers(stack, path, first, count, with_token):
    """A row for each of those inside, and the seat that is meant for them."""
    with open(path, "w") as out:
        out.write("user\tnumber\tqueue\tconcert\tsession\tseat\tdate\tname\tuuid\ttoken\n")
        for i in range(first, first + count):
            user, number = FIRST_USER + i, i + 1
            out.write(f"{user}\t{number}\t{HALL}\t{CONCERT}\t{FIRST_SESSION + i // SEATS}\t{i % SEATS + 1}\t"
                      f"{date_of(i // SEATS)}\tnew{i}\t{uuid_of(2 * FIRST_WAITING + i)}\t"
                      f"{token(stack, user, HALL, number) if with_token else '-'}\n")


def waiters(stack, path, waiting, count):
    """People from all along the line: whoever is about to be called costs a look-up, the others none."""
    with open(path, "w") as out:
        out.write("user\tnumber\tqueue\ttoken\n")
        for i in range(INSIDE_THE_LINE, INSIDE_THE_LINE + waiting, max(1, waiting // count)):
            out.write(f"{FIRST_WAITING + i}\t{i + 1}\t{LINE}\t{token(stack, FIRST_WAITING + i, LINE, i + 1)}\n")


def newcomers(path, prefix, count):
    """Names that nobody has yet."""
    with open(path, "w") as out:
        out.write("name\tuuid\tjti\n")
        for i in range(count):
            digest = hashlib.md5(f"{prefix}{i}".encode()).hexdigest()
            out.write(f"{prefix}{i}\t{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:]}\t"
                      f"{uuid_of(9 * FIRST_WAITING + i)}\n")
