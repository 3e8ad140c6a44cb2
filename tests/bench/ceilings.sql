-- The work of the hot transactions and nothing else: the same rows read, locked and written, with
-- the same durability, decided by nobody. What the service does is measured against these.
DELIMITER //
CREATE OR REPLACE PROCEDURE ceiling_charge(p_user BIGINT, p_amount BIGINT)
BEGIN
  DECLARE v_after BIGINT;
  START TRANSACTION;
  UPDATE account SET balance = balance + p_amount WHERE id = p_user AND balance <= 1000000000 - p_amount;
  SELECT balance INTO v_after FROM account WHERE id = p_user;
  INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
    VALUES (p_user, 'CHARGE', p_amount, v_after, NULL, NOW(6));
  COMMIT;
  SELECT v_after;
END//

CREATE OR REPLACE PROCEDURE ceiling_hold(
  p_queue BIGINT, p_number BIGINT, p_user BIGINT, p_concert BIGINT, p_session BIGINT, p_seat INT)
BEGIN
  DECLARE v_number, v_live, v_price, v_reservation BIGINT;
  DECLARE v_ends, v_opens, v_closes, v_starts DATETIME(6);
  DECLARE v_until DATETIME(6) DEFAULT NOW(6) + INTERVAL 300 SECOND;
  START TRANSACTION;
  SELECT number, ends_at INTO v_number, v_ends FROM visit
    WHERE queue_id = p_queue AND number = p_number FOR UPDATE;
  SELECT SUM(seat_count) INTO v_live FROM reservation WHERE user_id = p_user AND concert_id = p_concert
    AND (status = 'CONFIRMED' OR (status = 'HELD' AND hold_until > NOW(6)));
  SELECT reservation_open_at, reservation_close_at INTO v_opens, v_closes FROM concert WHERE id = p_concert;
  SELECT starts_at INTO v_starts FROM session WHERE id = p_session;
  SELECT price INTO v_price FROM seat WHERE session_id = p_session AND number = p_seat;
  INSERT INTO reservation (user_id, concert_id, session_id, seat_count, total, status, created_at, hold_until)
    VALUES (p_user, p_concert, p_session, 1, v_price, 'HELD', NOW(6), v_until);
  SET v_reservation = LAST_INSERT_ID();
  UPDATE seat SET state = 'HELD', reservation_id = v_reservation, hold_until = v_until
    WHERE session_id = p_session AND number = p_seat
    AND (state = 'FREE' OR (state = 'HELD' AND hold_until <= NOW(6)));
  IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the seat is taken'; END IF;
  INSERT INTO reservation_seat (reservation_id, number, price) VALUES (v_reservation, p_seat, v_price);
  UPDATE visit SET ends_at = GREATEST(ends_at, v_until) WHERE queue_id = p_queue AND number = p_number;
  COMMIT;
  SET @held = v_reservation;
  SELECT v_reservation, v_price;
END//

-- Pays what the connection has held last.
CREATE OR REPLACE PROCEDURE ceiling_pay(p_queue BIGINT, p_number BIGINT, p_user BIGINT)
BEGIN
  DECLARE v_number, v_session, v_total, v_held, v_balance, v_payment BIGINT;
  START TRANSACTION;
  SELECT number INTO v_number FROM visit WHERE queue_id = p_queue AND number = p_number FOR UPDATE;
  SELECT session_id, total INTO v_session, v_total FROM reservation WHERE id = @held FOR UPDATE;
  SELECT COUNT(*), MIN(a.balance) INTO v_held, v_balance FROM reservation_seat l
    STRAIGHT_JOIN seat s ON s.session_id = v_session AND s.number = l.number
    STRAIGHT_JOIN account a ON a.id = p_user
    WHERE l.reservation_id = @held AND s.state = 'HELD' AND s.hold_until > NOW(6) FOR UPDATE;
  UPDATE account SET balance = balance - v_total WHERE id = p_user AND balance >= v_total;
  IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not enough'; END IF;
  INSERT INTO ledger (user_id, kind, amount, balance_after, reservation_id, created_at)
    VALUES (p_user, 'USE', -v_total, v_balance - v_total, @held, NOW(6));
  UPDATE reservation_seat r STRAIGHT_JOIN seat s ON s.session_id = v_session AND s.number = r.number
    SET s.state = 'SOLD', s.hold_until = NULL
    WHERE r.reservation_id = @held AND s.reservation_id = r.reservation_id AND s.state = 'HELD';
  UPDATE reservation SET status = 'CONFIRMED' WHERE id = @held;
  INSERT INTO payment (reservation_id, user_id, amount, status, paid_at)
    VALUES (@held, p_user, v_total, 'PAID', NOW(6));
  SET v_payment = LAST_INSERT_ID();
  UPDATE ticket SET state = 'COMPLETED', ended_at = NOW(6)
    WHERE queue_id = p_queue AND number = p_number AND state = 'ADMITTED';
  UPDATE visit SET ends_at = LEAST(ends_at, NOW(6)) WHERE queue_id = p_queue AND number = p_number;
  INSERT INTO outbox (topic, payload, created_at) VALUES ('reservation.paid',
    JSON_OBJECT('reservationId', @held, 'userId', p_user, 'amount', v_total), NOW(6));
  COMMIT;
  SELECT v_payment, v_held;
END//
DELIMITER ;
