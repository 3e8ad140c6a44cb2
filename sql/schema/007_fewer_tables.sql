-- hold_look, hold_take and pay_look once more, called and answering as before: every table that a statement
-- opens costs the server about 40 µs here, so none is read twice. What a locking read has found stays so to the
-- transaction's end; it is kept in variables, and of the view `inside` only the ticket is read again.
DELIMITER //

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
  DECLARE v_session, v_concert BIGINT;
  DECLARE v_seats INT;
  DECLARE v_starts, v_cancel, v_ends DATETIME(6);
  IF p_open THEN START TRANSACTION; END IF;
  IF p_session IS NULL THEN
    SELECT IF(COUNT(*) = 1, MIN(e.id), NULL), MIN(e.concert_id), MIN(e.starts_at), MIN(e.cancel_until),
      MIN(e.seat_count) INTO v_session, v_concert, v_starts, v_cancel, v_seats FROM session e
      WHERE e.concert_id = p_concert AND e.starts_at >= p_from AND e.starts_at < p_to;
  ELSE
    SELECT e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count
      INTO v_session, v_concert, v_starts, v_cancel, v_seats FROM session e WHERE e.id = p_session;
  END IF;
  SELECT v.ends_at INTO v_ends FROM visit v
    WHERE v.queue_id = p_queue AND v.number = p_number AND v.claimed_at IS NOT NULL FOR UPDATE;
  SELECT NOW(6), v_ends,
    (SELECT CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED) FROM reservation r
      WHERE r.user_id = p_user AND r.concert_id = p_concert
      AND (r.status = 'CONFIRMED' OR (r.status = 'HELD' AND r.hold_until > NOW(6)))),
    c.id, c.name, c.artist, c.place, c.queue_id, c.reservation_open_at, c.reservation_close_at,
    v_session, v_concert, v_starts, v_cancel, v_seats,
    s.number, s.price, NOT (s.state = 'FREE' OR (s.state = 'HELD' AND s.hold_until <= NOW(6)))
  FROM ticket t
  LEFT JOIN concert c ON c.id = p_concert
  LEFT JOIN seat s ON s.session_id = v_session AND s.number = p_seat
  WHERE t.queue_id = p_queue AND t.number = p_number AND t.jti = p_jti AND t.state = 'ADMITTED'
    AND v_ends > NOW(6);
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
    IF ROW_COUNT() <> 1 THEN
      SET v_taken = TRUE;
    ELSE
      IF p_count = 1 THEN
        -- The total is its price.
        INSERT INTO reservation_seat (reservation_id, number, price) VALUES (v_reservation, v_seat, p_total);
      ELSE
        INSERT INTO reservation_seat (reservation_id, number, price)
          SELECT v_reservation, s.number, s.price FROM seat s
          WHERE s.session_id = p_session AND s.number = v_seat;
      END IF;
      SET v_got = v_got + 1;
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
-- anybody waits for a place in this queue, the payer's balance (0 where the reservation is not theirs), the
-- queue of the reservation's concert, and the reservation; no row where the caller is not inside.
CREATE OR REPLACE PROCEDURE pay_look(
  p_open BOOLEAN, p_queue BIGINT, p_number BIGINT, p_jti VARCHAR(128), p_reservation BIGINT,
  p_payer BIGINT)
BEGIN
  DECLARE v_id, v_user, v_concert, v_session, v_total, v_held, v_balance BIGINT;
  DECLARE v_seats, v_status INT;
  DECLARE v_ends, v_created, v_until DATETIME(6);
  IF p_open THEN START TRANSACTION; END IF;
  SELECT v.ends_at INTO v_ends FROM visit v
    WHERE v.queue_id = p_queue AND v.number = p_number AND v.claimed_at IS NOT NULL FOR UPDATE;
  SELECT r.id, r.user_id, r.concert_id, r.session_id, r.seat_count, r.total, CAST(r.status AS UNSIGNED),
      r.created_at, r.hold_until
    INTO v_id, v_user, v_concert, v_session, v_seats, v_total, v_status, v_created, v_until
    FROM reservation r WHERE r.id = p_reservation FOR UPDATE;
  IF v_user = p_payer THEN
    SELECT SUM(s.state = 'HELD' AND s.reservation_id = p_reservation), MIN(a.balance)
      INTO v_held, v_balance
      FROM reservation_seat l
      STRAIGHT_JOIN seat s ON s.session_id = v_session AND s.number = l.number
      STRAIGHT_JOIN account a ON a.id = p_payer
      WHERE l.reservation_id = p_reservation FOR UPDATE;
  END IF;
  SELECT NOW(6), v_ends, COALESCE(v_held, 0),
    (SELECT w.number FROM ticket w FORCE INDEX (ticket_line)
      WHERE w.queue_id = p_queue AND w.state = 'WAITING' LIMIT 1) IS NOT NULL,
    COALESCE(v_balance, 0), c.queue_id,
    v_id, v_user, v_concert, v_session, v_seats, v_total, v_status, v_created, v_until
  FROM ticket t
  LEFT JOIN concert c ON c.id = v_concert
  WHERE t.queue_id = p_queue AND t.number = p_number AND t.jti = p_jti AND t.state = 'ADMITTED'
    AND v_ends > NOW(6);
END//
DELIMITER ;
