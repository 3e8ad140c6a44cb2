-- Counts the changes of a session's seats, so that whoever keeps a picture of them can tell at the
-- price of one short reading whether it still holds. A session has several rows, and a transaction
-- raises one of them as the last thing it does: with one row alone, all who buy for a session would
-- queue up for it.
CREATE TABLE seat_version (
  session_id BIGINT  NOT NULL,
  stripe     TINYINT NOT NULL COMMENT 'reservation_id % 16',
  version    BIGINT  NOT NULL,
  PRIMARY KEY (session_id, stripe)
) ENGINE=InnoDB;
