-- The transactions that a sale is made of, each as one or two procedures, because round trips are
-- what a transaction costs. They lock, read, and write; they decide nothing. What a reading
-- procedure answers is decided upon in C++ (decide_hold, decide_pay), and what was decided is then
-- carried out by a writing one. Each runs inside the caller's transaction, which the first of them
-- opens if it is told to (p_open); COMMIT is the caller's.
--
-- Changing one is a new file that creates it anew. Old binaries go on calling it while new ones
-- are released: other parameters or columns need another name.
DELIMITER //

-- ---- the line

-- A new user and their place. Answers the user, and the place.
CREATE OR REPLACE PROCEDURE join_first(
  p_open BOOLEAN, p_uuid CHAR(36), p_name VARCHAR(100), p_password_hash VARCHAR(128),
  p_queue BIGINT, p_jti CHAR(36), p_token_seconds BIGINT)
BEGIN
  DECLARE v_user BIGINT;
  IF p_open THEN START TRANSACTION; END IF;
  INSERT INTO account (uuid, name, password_hash, created_at)
    VALUES (p_uuid, p_name, p_password_hash, NOW(6));
  SET v_user = LAST_INSERT_ID();
  EXECUTE IMMEDIATE CONCAT(
    'INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) VALUES (?, ',
    'NEXTVAL(ticket_number_', p_queue, '), ?, ?, NOW(6), NOW(6) + INTERVAL ? SECOND)')
    USING p_queue, v_user, p_jti, p_token_seconds;
  SELECT t.queue_id, t.number, t.user_id, t.jti, t.state, t.joined_at, t.token_expires_at,
    t.admitted_at
  FROM ticket t WHERE t.queue_id = p_queue AND t.user_id = v_user AND t.live = 1;
END//

-- ---- money

-- Answers the balance after; NULL where there is no such user, or the limit would be passed.
CREATE OR REPLACE PROCEDURE charge_balance(
  p_open BOOLEAN, p_user BIGINT, p_amount BIGINT, p_balance_max BIGINT)
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
  END IF;
  SELECT v_after;
END//

-- ---- holding seats

-- Locks the visit: from then on nothing of this user's in this queue changes. What follows is read
-- by statements that start after the lock was had, so their clock is one of that time.
-- Answers the time, the visit's end and the user's live seats; the concert; the session; the
-- seats that exist of those asked for.
CREATE OR REPLACE PROCEDURE hold_facts(
  p_open BOOLEAN, p_queue BIGINT, p_number BIGINT, p_user BIGINT, p_concert BIGINT,
  p_session BIGINT, p_seats VARCHAR(1000))
BEGIN
  DECLARE v_locked BIGINT;
  IF p_open THEN START TRANSACTION; END IF;
  SELECT v.number INTO v_locked FROM visit v
    WHERE v.queue_id = p_queue AND v.number = p_number FOR UPDATE;
  SELECT NOW(6),
    (SELECT v.ends_at FROM visit v WHERE v.queue_id = p_queue AND v.number = p_number),
    (SELECT CAST(COALESCE(SUM(r.seat_count), 0) AS SIGNED) FROM reservation r
      WHERE r.user_id = p_user AND r.concert_id = p_concert
      AND (r.status = 'CONFIRMED' OR (r.status = 'HELD' AND r.hold_until > NOW(6))));
  SELECT c.id, c.name, c.artist, c.place, c.queue_id, c.reservation_open_at, c.reservation_close_at
    FROM concert c WHERE c.id = p_concert;
  SELECT e.id, e.concert_id, e.starts_at, e.cancel_until, e.seat_count
    FROM session e WHERE e.id = p_session;
  -- The list as a table costs twice what looking up one seat does, and most holds are of one.
  IF JSON_LENGTH(p_seats) = 1 THEN
    SELECT s.number, s.price FROM seat s
      WHERE s.session_id = p_session AND s.number = JSON_VALUE(p_seats, '$[0]');
  ELSE
    SELECT s.number, s.price
      FROM JSON_TABLE(p_seats, '$[*]' COLUMNS (number INT PATH '$')) asked
      STRAIGHT_JOIN seat s ON s.session_id = p_session AND s.number = asked.number;
  END IF;
END//

-- Takes the seats, in the order given, which is ascending, up to the first that cannot be had.
-- Answers the reservation, and how many seats it got: fewer than asked for means that the caller
-- rolls back.
CREATE OR REPLACE PROCEDURE hold_apply(
  p_user BIGINT, p_concert BIGINT, p_session BIGINT, p_seats VARCHAR(1000), p_count INT,
  p_total BIGINT, p_now DATETIME(6), p_until DATETIME(6), p_queue BIGINT, p_number BIGINT)
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
    UPDATE visit SET ends_at = GREATEST(ends_at, p_until)
      WHERE queue_id = p_queue AND number = p_number;
    INSERT INTO seat_version (session_id, stripe, version) VALUES (p_session, v_reservation % 16, 1)
      ON DUPLICATE KEY UPDATE version = version + 1;
  END IF;
  SELECT v_reservation, v_got;
END//

-- ---- paying

-- Locks the visit, the reservation, its seats in ascending order and the payer's account; then
-- reads the clock, in a statement of its own: NOW(6) stands still while a statement waits.
-- Answers the reservation; the time, the visit's end, the payer's balance, how many seats are still
-- held for the reservation, and the queue of its concert.
CREATE OR REPLACE PROCEDURE pay_facts(
  p_open BOOLEAN, p_queue BIGINT, p_number BIGINT, p_reservation BIGINT, p_payer BIGINT)
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
  SELECT r.id, r.user_id, r.concert_id, r.session_id, r.seat_count, r.total,
    CAST(r.status AS UNSIGNED), r.created_at, r.hold_until
  FROM reservation r WHERE r.id = p_reservation;
  SELECT NOW(6),
    (SELECT v.ends_at FROM visit v WHERE v.queue_id = p_queue AND v.number = p_number),
    (SELECT a.balance FROM account a WHERE a.id = p_payer),
    COALESCE(v_held, 0),
    (SELECT c.queue_id FROM reservation r JOIN concert c ON c.id = r.concert_id
      WHERE r.id = p_reservation);
END//

-- Carries a payment out. Answers the payment, the balance after, and how many seats were sold;
-- no balance where the guard refused it, which under the locks above cannot happen.
CREATE OR REPLACE PROCEDURE pay_apply(
  p_reservation BIGINT, p_session BIGINT, p_payer BIGINT, p_total BIGINT, p_now DATETIME(6),
  p_queue BIGINT, p_number BIGINT)
BEGIN
  DECLARE v_payment, v_after BIGINT;
  DECLARE v_sold INT;
  UPDATE account SET balance = balance - p_total WHERE id = p_payer AND balance >= p_total;
  -- A free seat changes no balance; the ledger still tells that it was paid.
  IF ROW_COUNT() = 1 OR p_total = 0 THEN
    SELECT balance INTO v_after FROM account WHERE id = p_payer;
    INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
      VALUES (p_payer, 'USE', -p_total, v_after, p_reservation, NOW(6));
  END IF;
  UPDATE reservation_seat r STRAIGHT_JOIN seat s ON s.session_id = p_session AND s.number = r.number
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
  UPDATE visit SET ends_at = LEAST(ends_at, NOW(6)) WHERE queue_id = p_queue AND number = p_number;
  INSERT INTO outbox (topic, payload, created_at) VALUES ('reservation.paid',
    JSON_OBJECT('reservationId', p_reservation, 'userId', p_payer, 'amount', p_total), NOW(6));
  INSERT INTO seat_version (session_id, stripe, version) VALUES (p_session, p_reservation % 16, 1)
    ON DUPLICATE KEY UPDATE version = version + 1;
  SELECT v_payment, v_after, v_sold;
END//
DELIMITER ;
