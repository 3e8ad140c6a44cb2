-- A small sale in full swing that keeps every promise: each control breaks one of them in it.
INSERT INTO account (id, uuid, name, balance) VALUES
  (1, 'u-1', 'ann', 50000), (2, 'u-2', 'bob', 100000), (3, 'u-3', 'cho', 0), (4, 'u-4', 'dan', 0);
UPDATE queue SET capacity = 2, inside = 2, served_no = 3, admitted_no = 2 WHERE id = 1;
INSERT INTO concert (id, name, reservation_open_at, reservation_close_at)
  VALUES (1, 'Gala', NOW(6) - INTERVAL 1 DAY, NOW(6) + INTERVAL 30 DAY);
INSERT INTO session (id, concert_id, starts_at, cancel_until, seat_count)
  VALUES (1, 1, NOW(6) + INTERVAL 31 DAY, NOW(6) + INTERVAL 30 DAY, 10);
INSERT INTO seat (session_id, number, price) SELECT 1, seq, 50000 FROM seq_1_to_10;

-- 1 is paid, 2 was paid and cancelled, 3 is held, 4 ran out and was tidied, 5 ran out and was not.
INSERT INTO reservation (id, user_id, concert_id, session_id, seat_count, total, status, created_at, hold_until)
VALUES
  (1, 1, 1, 1, 1,  50000, 'CONFIRMED', NOW(6) - INTERVAL 9 MINUTE, NOW(6) - INTERVAL 4 MINUTE),
  (2, 2, 1, 1, 1,  50000, 'CANCELED',  NOW(6) - INTERVAL 8 MINUTE, NOW(6) - INTERVAL 3 MINUTE),
  (3, 1, 1, 1, 2, 100000, 'HELD',      NOW(6),                     '2099-01-01'),
  (4, 2, 1, 1, 1,  50000, 'EXPIRED',   NOW(6) - INTERVAL 9 MINUTE, NOW(6) - INTERVAL 4 MINUTE),
  (5, 3, 1, 1, 1,  50000, 'HELD',      NOW(6) - INTERVAL 9 MINUTE, '2026-01-01');
INSERT INTO reservation_seat (reservation_id, number, price)
  VALUES (1, 1, 50000), (2, 2, 50000), (3, 3, 50000), (3, 4, 50000), (4, 5, 50000), (5, 5, 50000);
UPDATE seat SET state = 'SOLD', reservation_id = 1 WHERE number = 1;
UPDATE seat SET state = 'HELD', reservation_id = 3, hold_until = '2099-01-01' WHERE number IN (3, 4);
UPDATE seat SET state = 'HELD', reservation_id = 5, hold_until = '2026-01-01' WHERE number = 5;
INSERT INTO payment (id, reservation_id, user_id, amount, status, paid_at, refunded_at) VALUES
  (1, 1, 1, 50000, 'PAID', NOW(6), NULL), (2, 2, 2, 50000, 'REFUNDED', NOW(6), NOW(6));
INSERT INTO ledger (id, user_id, kind, amount, balance_after, reservation_id, created_at) VALUES
  (1, 1, 'CHARGE', 100000, 100000, NULL, NOW(6)), (2, 1, 'USE', -50000, 50000, 1, NOW(6)),
  (3, 2, 'CHARGE', 100000, 100000, NULL, NOW(6)), (4, 2, 'USE', -50000, 50000, 2, NOW(6)),
  (5, 2, 'REFUND',  50000, 100000, 2, NOW(6));
INSERT INTO outbox (topic, payload, created_at) VALUES
  ('reservation.paid', '{"reservationId": 1}', NOW(6)),
  ('reservation.paid', '{"reservationId": 2}', NOW(6)),
  ('reservation.refunded', '{"reservationId": 2}', NOW(6));
INSERT INTO idempotency (user_id, endpoint, idempotency_key, fingerprint, status, body, created_at)
  VALUES (1, 'v1-payment-create', 'key', REPEAT('x', 32), 200, '{}', NOW(6));

-- 1 has paid and gone, 2 is inside, 3 left while waiting, 4 waits.
INSERT INTO ticket (queue_id, number, user_id, jti, state, joined_at, token_expires_at, admitted_at, ended_at)
VALUES
  (1, 1, 1, 'j-1', 'COMPLETED', NOW(6) - INTERVAL 20 MINUTE, '2099-01-01',
   NOW(6) - INTERVAL 10 MINUTE, NOW(6) - INTERVAL 4 MINUTE),
  (1, 2, 2, 'j-2', 'ADMITTED', NOW(6) - INTERVAL 19 MINUTE, '2099-01-01', NOW(6) - INTERVAL 5 MINUTE, NULL),
  (1, 3, 3, 'j-3', 'LEFT', NOW(6) - INTERVAL 18 MINUTE, '2099-01-01', NULL, NOW(6)),
  (1, 4, 3, 'j-4', 'WAITING', NOW(6) - INTERVAL 17 MINUTE, '2099-01-01', NULL, NULL);
INSERT INTO visit (queue_id, number, user_id, admitted_at, claimed_at, ends_at) VALUES
  (1, 1, 1, NOW(6) - INTERVAL 10 MINUTE, NOW(6), NOW(6) - INTERVAL 4 MINUTE),
  (1, 2, 2, NOW(6) - INTERVAL 5 MINUTE, NOW(6), '2099-01-01');
