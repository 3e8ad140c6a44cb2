-- A known user's place. Like join_first it draws the number itself: a line's SEQUENCE is used by
-- these procedures alone, so that no function's account needs a right to it, nor to the next one.
DELIMITER //
CREATE OR REPLACE PROCEDURE join_known(
  p_open BOOLEAN, p_queue BIGINT, p_user BIGINT, p_jti CHAR(36), p_token_seconds BIGINT)
BEGIN
  IF p_open THEN START TRANSACTION; END IF;
  EXECUTE IMMEDIATE CONCAT(
    'INSERT INTO ticket (queue_id, number, user_id, jti, joined_at, token_expires_at) VALUES (?, ',
    'NEXTVAL(ticket_number_', p_queue, '), ?, ?, NOW(6), NOW(6) + INTERVAL ? SECOND) ',
    'RETURNING queue_id, number, user_id, jti, state, joined_at, token_expires_at, admitted_at')
    USING p_queue, p_user, p_jti, p_token_seconds;
END//
DELIMITER ;
