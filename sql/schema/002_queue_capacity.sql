-- When a queue's capacity was last changed. Whoever was inside then stays inside, so that a hall
-- may for a while hold more than a lowered capacity; only those let in since then are held to it.
ALTER TABLE queue
  ADD COLUMN capacity_set_at DATETIME(6) NULL COMMENT 'when capacity was last changed; NULL: never';
