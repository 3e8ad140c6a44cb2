-- The whole schema, version 1. Forward only: a change is a new file with the next number.
-- Instants are UTC, DATETIME(6). Money is whole won. The tables carry the rules as constraints
-- too, so that a bug in a handler is refused by the database.

CREATE TABLE account (
  id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uuid          CHAR(36)     NOT NULL,
  name          VARCHAR(100) NOT NULL,
  email         VARCHAR(254) NULL,
  password_hash VARCHAR(128) NULL,
  balance       BIGINT       NOT NULL DEFAULT 0,
  created_at    DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  UNIQUE KEY account_name (name),
  CONSTRAINT balance_range CHECK (balance BETWEEN 0 AND 9007199254740991)
) ENGINE=InnoDB;

-- Money only moves by inserting here: SUM(amount) per user equals account.balance at every commit.
CREATE TABLE ledger (
  id             BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id        BIGINT      NOT NULL,
  kind           ENUM('CHARGE','USE','REFUND') NOT NULL,
  amount         BIGINT      NOT NULL COMMENT 'signed: what the balance changed by',
  balance_after  BIGINT      NOT NULL,
  reservation_id BIGINT      NULL,
  created_at     DATETIME(6) NOT NULL,
  KEY ledger_user (user_id, id),
  CONSTRAINT amount_sign CHECK ((kind = 'USE' AND amount <= 0) OR (kind <> 'USE' AND amount >= 0)),
  CONSTRAINT balance_after_range CHECK (balance_after >= 0)
) ENGINE=InnoDB;

-- A line of waiting users. Ticket numbers come from the SEQUENCE ticket_number_<id>.
CREATE TABLE queue (
  id              BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name            VARCHAR(100) NOT NULL,
  capacity        INT          NOT NULL,
  claim_seconds   INT          NOT NULL,
  visit_seconds   INT          NOT NULL,
  paused          TINYINT(1)   NOT NULL DEFAULT 0,
  served_no       BIGINT       NOT NULL DEFAULT 0 COMMENT 'every number up to here has been called, or is the next to be',
  admitted_no     BIGINT       NOT NULL DEFAULT 0 COMMENT 'the highest number admitted',
  inside          INT          NOT NULL DEFAULT 0 COMMENT 'rows in visit, settled by each advance',
  rate_per_minute DOUBLE       NOT NULL DEFAULT 0 COMMENT 'moving average of admissions, as of measured_at',
  measured_from   DATETIME(6)  NULL COMMENT 'when measuring began: the first admission',
  measured_at     DATETIME(6)  NULL,
  departures      BIGINT       NOT NULL DEFAULT 0 COMMENT 'how many left while waiting; the version of table departure',
  UNIQUE KEY queue_name (name),
  CONSTRAINT capacity_range CHECK (capacity BETWEEN 0 AND 1000000),
  CONSTRAINT inside_range CHECK (inside >= 0)
) ENGINE=InnoDB;

-- One place in one line. live is 1 while the place counts, so that nobody holds two in one queue.
CREATE TABLE ticket (
  queue_id         BIGINT      NOT NULL,
  number           BIGINT      NOT NULL,
  user_id          BIGINT      NOT NULL,
  jti              CHAR(36)    NOT NULL COMMENT 'id of the token that holds the place',
  state            ENUM('WAITING','ADMITTED','COMPLETED','EXPIRED','LEFT') NOT NULL DEFAULT 'WAITING',
  live             TINYINT(1)  AS (IF(state IN ('WAITING','ADMITTED'), 1, NULL)) PERSISTENT,
  joined_at        DATETIME(6) NOT NULL,
  token_expires_at DATETIME(6) NOT NULL,
  admitted_at      DATETIME(6) NULL,
  ended_at         DATETIME(6) NULL,
  PRIMARY KEY (queue_id, number),
  UNIQUE KEY ticket_one_live (queue_id, user_id, live),
  KEY ticket_line (queue_id, state, number)
) ENGINE=InnoDB;

-- Who is inside, and until when. A visit that ends early gets ends_at = now; the next advance
-- deletes ended rows and gives their room away. Its row is the per-user lock of holds and payments.
CREATE TABLE visit (
  queue_id    BIGINT      NOT NULL,
  number      BIGINT      NOT NULL,
  user_id     BIGINT      NOT NULL,
  admitted_at DATETIME(6) NOT NULL,
  claimed_at  DATETIME(6) NULL,
  ends_at     DATETIME(6) NOT NULL,
  PRIMARY KEY (queue_id, number),
  KEY visit_ends (queue_id, ends_at)
) ENGINE=InnoDB;

-- Numbers given up while waiting: workers read what is new since the version they know.
CREATE TABLE departure (
  queue_id BIGINT NOT NULL,
  version  BIGINT NOT NULL,
  number   BIGINT NOT NULL,
  PRIMARY KEY (queue_id, version)
) ENGINE=InnoDB;

CREATE TABLE concert (
  id                   BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name                 VARCHAR(200) NOT NULL,
  artist               VARCHAR(200) NOT NULL DEFAULT '',
  place                VARCHAR(200) NOT NULL DEFAULT '',
  queue_id             BIGINT       NOT NULL DEFAULT 1,
  reservation_open_at  DATETIME(6)  NOT NULL,
  reservation_close_at DATETIME(6)  NOT NULL,
  CONSTRAINT concert_queue FOREIGN KEY (queue_id) REFERENCES queue (id),
  CONSTRAINT sale_window CHECK (reservation_open_at < reservation_close_at)
) ENGINE=InnoDB;

CREATE TABLE session (
  id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  concert_id   BIGINT      NOT NULL,
  starts_at    DATETIME(6) NOT NULL,
  cancel_until DATETIME(6) NOT NULL COMMENT 'paid reservations can be cancelled before this',
  seat_count   INT         NOT NULL DEFAULT 0,
  UNIQUE KEY session_start (concert_id, starts_at),
  CONSTRAINT session_concert FOREIGN KEY (concert_id) REFERENCES concert (id)
) ENGINE=InnoDB;

-- One seat of one session. A HELD seat whose hold_until has come is free for the next buyer.
CREATE TABLE seat (
  session_id     BIGINT      NOT NULL,
  number         INT         NOT NULL,
  price          BIGINT      NOT NULL,
  state          ENUM('FREE','HELD','SOLD') NOT NULL DEFAULT 'FREE',
  reservation_id BIGINT      NULL,
  hold_until     DATETIME(6) NULL,
  PRIMARY KEY (session_id, number),
  CONSTRAINT seat_number CHECK (number BETWEEN 1 AND 99999),
  CONSTRAINT seat_price CHECK (price BETWEEN 0 AND 9007199254740991),
  CONSTRAINT seat_owner CHECK ((state = 'FREE') = (reservation_id IS NULL)),
  CONSTRAINT seat_deadline CHECK ((state = 'HELD') = (hold_until IS NOT NULL))
) ENGINE=InnoDB;

CREATE TABLE reservation (
  id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id    BIGINT      NOT NULL,
  concert_id BIGINT      NOT NULL,
  session_id BIGINT      NOT NULL,
  seat_count INT         NOT NULL,
  total      BIGINT      NOT NULL,
  status     ENUM('HELD','CONFIRMED','CANCELED','EXPIRED') NOT NULL DEFAULT 'HELD',
  created_at DATETIME(6) NOT NULL,
  hold_until DATETIME(6) NOT NULL,
  closed_at  DATETIME(6) NULL COMMENT 'when it was cancelled or found expired',
  KEY reservation_user (user_id, id),
  KEY reservation_cap (user_id, concert_id, status, hold_until),
  KEY reservation_lapse (status, hold_until),
  CONSTRAINT reservation_seats CHECK (seat_count > 0),
  CONSTRAINT reservation_total CHECK (total >= 0)
) ENGINE=InnoDB;

CREATE TABLE reservation_seat (
  reservation_id BIGINT NOT NULL,
  number         INT    NOT NULL,
  price          BIGINT NOT NULL,
  PRIMARY KEY (reservation_id, number)
) ENGINE=InnoDB;

CREATE TABLE payment (
  id             BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  reservation_id BIGINT      NOT NULL,
  user_id        BIGINT      NOT NULL,
  amount         BIGINT      NOT NULL,
  status         ENUM('PAID','REFUNDED') NOT NULL DEFAULT 'PAID',
  paid_at        DATETIME(6) NOT NULL,
  refunded_at    DATETIME(6) NULL,
  UNIQUE KEY payment_once (reservation_id),
  CONSTRAINT payment_amount CHECK (amount >= 0)
) ENGINE=InnoDB;

-- The stored answer commits with the deed. status is NULL only inside the deed's transaction.
CREATE TABLE idempotency (
  user_id        BIGINT       NOT NULL,
  endpoint       VARCHAR(64)  NOT NULL,
  idempotency_key VARCHAR(128) NOT NULL,
  fingerprint    BINARY(32)   NOT NULL,
  status         SMALLINT     NULL,
  body           MEDIUMTEXT   NULL,
  created_at     DATETIME(6)  NOT NULL,
  PRIMARY KEY (user_id, endpoint, idempotency_key),
  KEY idempotency_age (created_at)
) ENGINE=InnoDB;

-- What happened, for whoever has to be told of it; written in the transaction that did it.
CREATE TABLE outbox (
  id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  topic      VARCHAR(64) NOT NULL,
  payload    JSON        NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE=InnoDB;

-- The default queue. Its limits are set by deploy/up and boxofficectl.
INSERT INTO queue (id, name, capacity, claim_seconds, visit_seconds) VALUES (1, 'default', 100, 120, 600);
CREATE SEQUENCE ticket_number_1 START WITH 1 INCREMENT BY 1 CACHE 100;
