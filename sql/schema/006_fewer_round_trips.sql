-- Who is inside: let in, with a visit that has been claimed and is not over. What somebody inside
-- asks for is read together with this, in one statement: no row, no answer.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW inside AS
SELECT t.queue_id, t.number, t.jti, v.ends_at
FROM ticket t JOIN visit v ON v.queue_id = t.queue_id AND v.number = t.number
WHERE t.state = 'ADMITTED' AND v.claimed_at IS NOT NULL AND v.ends_at > NOW(6);

-- charge_account, hold_look, hold_take, pay_look and pay_settle are what is called instead of
-- charge_balance, hold_facts, hold_apply, pay_facts and pay_apply, which only binaries of before still
-- call. They also ask whether the caller is inside; the last of a transaction ends it, where it is told
-- to (p_close) and has done its deed; and they have fewer statements and results.
DELIMITER //

-- Answers the balance after; NULL where there is no such user, or the limit would be passed.
CREATE OR REPLACE PROCEDURE charge_account(
  p_open BOOLEAN, p_close BOOLEAN, p_user BIGINT, p_amount BIGINT, p_balance_max BIGINT)
BEGIN
  DECLARE v_after BIGINT;
  IF p_open THEN START TRANSACTION; END IF;
  UPDATE account SET balance = balance + p_amount
    WHERE id = p_user AND balance <= p_balance_max - p_amount;
  IF ROW_COUNT() = 1 THEN
    -- Read from the row that this transaction has just changed and still locks.
    SELECT balance INTO v_after FROM account WHERE id = p_user;
    INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
      VALUES (p_user, 'CHARGE', p_amount, v_after, NULL, NOW(6));
    IF p_close THEN COMMIT; END IF;
  END IF;
  SELECT v_after;
END//

-- Locks the visit: from then on nothing of this user's in this queue changes. What follows is read
-- by statements that start after the lock was had, so their clock is one of that time.
-- The session is named by its id, or else (p_session is NULL) by when it starts, p_from up to and not
-- including p_to; where that means none or several, no session is answered. One seat is asked for as
-- p_seat, several as the list p_seats.
-- Answers the time, the visit's end, the user's live seats, the concert, the session and the one
-- seat, or no row where the caller is not inside. Then, where several seats were asked for, those
-- that exist. With each seat, whether it is taken.
CREATE OR REPLACE PROCEDURE hold_look(
  p_open BOOLEAN, p_queue BIGINT, p_number BIGINT, p_jti VARCHAR(128), p_user BIGINT, p_concert BIGINT,
  p_session BIGINT, p_from DATETIME(6), p_to DATETIME(6), p_seat BIGINT, p_seats VARCHAR(2000))
BEGIN
  DECLARE v_locked BIGINT;
  DECLARE v_session BIGINT DEFAULT p_session;
  IF p_open THEN START TRANSACTION; END IF;
  IF p_session IS NULL THEN
    SELECT IF(COUNT(*) = 1, MIN(e.id), NULL) INTO v_session FROM session e
      WHERE e.concert_id = p_concert AND e.starts_at >= p_from AND e.starts_at < p_to;
  END IF;
  SELECT v.number INTO v_locked FROM visit v
    WHERE v.queue_id = p_queue AND v.number = p_number FOR UPDATE;
  SELECT NOW(6), i.ends_at,
    (SELECT CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED) FROM reservation r
      WHERE r.user_id = p_user AND r.concert_id = p_concert
      AND (r.status = 'CONFIRMED' OR (r.status = 'HELD' AND r.hold_until > NOW(6)))),
    c.id, c.name, c.artist, c.place, c.queue_id, c.reservation_open_at, c.reservation_close_at,
    e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count,
    s.number, s.price, NOT (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))
  FROM inside i
  LEFT JOIN concert c ON c.id = p_concert
  LEFT JOIN session e ON e.id = v_session
  LEFT JOIN seat s ON s.session_id = v_session AND s.number = p_seat
  WHERE i.queue_id = p_queue AND i.number = p_number AND i.jti = p_jti;
  IF p_seat IS NULL THEN
    SELECT s.number, s.price, NOT (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))
    FROM JSON_TABLE(p_seats, '$[*]' COLUMNS (number INT PATH '$')) asked
    STRAIGHT_JOIN seat s ON s.session_id = v_session AND s.number = asked.number;
  END IF;
END//

-- Takes the seats, in the order given, which is ascending, up to the first that cannot be had.
-- With p_close it commits, where it got them all.
-- p_extend says that the hold outlasts the visit, which then lasts as long.
-- Answers the reservation, and how many seats it got: fewer than asked for means that the caller
-- rolls back.
CREATE OR REPLACE PROCEDURE hold_take(
  p_close BOOLEAN, p_user BIGINT, p_concert BIGINT, p_session BIGINT, p_seats VARCHAR(1000), p_count INT,
  p_total BIGINT, p_now DATETIME(6), p_until DATETIME(6), p_extend BOOLEAN, p_queue BIGINT,
  p_number BIGINT)
BEGIN
  DECLARE v_reservation BIGINT;
  DECLARE v_seat INT;
  DECLARE v_got INT DEFAULT 0;
  DECLARE v_taken BOOLEAN DEFAULT FALSE;
  INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status,
      created_at, hold_until)
    VALUES (p_user, p_concert, p_session, p_count, p_total, 'HELD', p_now, p_until);
  SET v_reservation = LAST_INSERT_ID();
  WHILE v_got < p_count AND NOT v_taken DO
    SET v_seat = JSON_VALUE(p_seats, CONCAT('$[', v_got, ']'));
    UPDATE seat s SET s.state = 'HELD', s.reservation_id = v_reservation, s.hold_until = p_until
      WHERE s.session_id = p_session AND s.number = v_seat
      AND (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)));
    IF ROW_COUNT() = 1 THEN
      INSERT INTO reservation_seat (reservation_id, number, price)
        SELECT v_reservation, s.number, s.price FROM seat s
        WHERE s.session_id = p_session AND s.number = v_seat;
      SET v_got = v_got + 1;
    ELSE
      SET v_taken = TRUE;
    END IF;
  END WHILE;
  IF NOT v_taken THEN
    IF p_extend THEN
      UPDATE visit SET ends_at = GREATEST(ends_at, p_until)
        WHERE queue_id = p_queue AND number = p_number;
    END IF;
    INSERT INTO seat_version (session_id, stripe, version) VALUES (p_session, v_reservation % 16, 1)
      ON DUPLICATE KEY UPDATE version = version + 1;
    IF p_close THEN COMMIT; END IF;
  END IF;
  SELECT v_reservation, v_got;
END//

-- Locks the visit, the reservation, its seats in ascending order and the payer's account; then
-- reads the clock, in a statement of its own: NOW(6) stands still while a statement waits.
-- Answers the time, the visit's end, how many seats are still held for the reservation, whether
-- anybody waits for a place in this queue, the payer's balance, the queue of the reservation's
-- concert, and the reservation; no row where the caller is not inside.
CREATE OR REPLACE PROCEDURE pay_look(
  p_open BOOLEAN, p_queue BIGINT, p_number BIGINT, p_jti VARCHAR(128), p_reservation BIGINT,
  p_payer BIGINT)
BEGIN
  DECLARE v_locked, v_user, v_session, v_held BIGINT;
  IF p_open THEN START TRANSACTION; END IF;
  SELECT v.number INTO v_locked FROM visit v
    WHERE v.queue_id = p_queue AND v.number = p_number FOR UPDATE;
  SELECT r.user_id, r.session_id INTO v_user, v_session FROM reservation r
    WHERE r.id = p_reservation FOR UPDATE;
  IF v_user = p_payer THEN
    SELECT SUM(s.state = 'HELD' AND s.reservation_id = p_reservation) INTO v_held
      FROM reservation_seat l
      STRAIGHT_JOIN seat s ON s.session_id = v_session AND s.number = l.number
      STRAIGHT_JOIN account a ON a.id = p_payer
      WHERE l.reservation_id = p_reservation FOR UPDATE;
  END IF;
  SELECT NOW(6), i.ends_at, COALESCE(v_held, 0),
    (SELECT w.number FROM ticket w FORCE INDEX (ticket_line)
      WHERE w.queue_id = p_queue AND w.state = 'WAITING' LIMIT 1) IS NOT NULL,
    a.balance, c.queue_id,
    r.id, r.user_id, r.concert_id, r.session_id, r.seat_count, r.total,
    CAST(r.status AS UNSIGNED), r.created_at, r.hold_until
  FROM inside i
  LEFT JOIN account a ON a.id = p_payer
  LEFT JOIN reservation r ON r.id = p_reservation
  LEFT JOIN concert c ON c.id = r.concert_id
  WHERE i.queue_id = p_queue AND i.number = p_number AND i.jti = p_jti;
END//

-- Carries a payment out, for p_count seats. p_after is what the payer will have left: their account
-- is locked. Answers the payment, and how many seats were sold; no payment where the guard of the
-- balance refused it, which under the locks of pay_look cannot happen. With p_close it commits, where
-- all was done.
CREATE OR REPLACE PROCEDURE pay_settle(
  p_close BOOLEAN, p_reservation BIGINT, p_session BIGINT, p_count INT, p_payer BIGINT,
  p_total BIGINT, p_after BIGINT, p_now DATETIME(6), p_queue BIGINT, p_number BIGINT)
BEGIN
  DECLARE v_payment BIGINT;
  DECLARE v_sold INT DEFAULT 0;
  UPDATE account SET balance = balance - p_total
    WHERE id = p_payer AND balance >= p_total AND balance - p_total = p_after;
  -- A free seat changes no balance; the ledger still tells that it was paid.
  IF ROW_COUNT() = 1 OR p_total = 0 THEN
    INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
      VALUES (p_payer, 'USE', -p_total, p_after, p_reservation, NOW(6));
    UPDATE reservation_seat r
      STRAIGHT_JOIN seat s ON s.session_id = p_session AND s.number = r.number
      SET s.state = 'SOLD', s.hold_until = NULL
      WHERE r.reservation_id = p_reservation AND s.reservation_id = r.reservation_id
      AND s.state = 'HELD';
    SET v_sold = ROW_COUNT();
    UPDATE reservation SET status = 'CONFIRMED' WHERE id = p_reservation;
    INSERT INTO payment (reservation_id, user_id, amount, status, paid_at)
      VALUES (p_reservation, p_payer, p_total, 'PAID', p_now);
    SET v_payment = LAST_INSERT_ID();
    UPDATE ticket SET state = 'COMPLETED', ended_at = NOW(6)
      WHERE queue_id = p_queue AND number = p_number AND state = 'ADMITTED';
    UPDATE visit SET ends_at = LEAST(ends_at, NOW(6))
      WHERE queue_id = p_queue AND number = p_number;
    INSERT INTO outbox (topic, payload, created_at) VALUES ('reservation.paid',
      JSON_OBJECT('reservationId', p_reservation, 'userId', p_payer, 'amount', p_total), NOW(6));
    INSERT INTO seat_version (session_id, stripe, version)
      VALUES (p_session, p_reservation % 16, 1) ON DUPLICATE KEY UPDATE version = version + 1;
    IF p_close AND v_sold = p_count THEN COMMIT; END IF;
  END IF;
  SELECT v_payment, v_sold;
END//
DELIMITER ;
