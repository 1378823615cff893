-- name: next_serial
-- $1 feed. The row stays locked to the end of the transaction: serials are gap-free and in commit order.
UPDATE feed_head SET serial = serial + 1 WHERE feed = $1 RETURNING serial;

-- name: add_event
-- $1 feed, $2 serial, $3 type, $4 event, $5 recorded_at. The relay hears of it at commit.
WITH recorded AS (
  INSERT INTO outbox(feed, serial, type, event, recorded_at) VALUES ($1, $2, $3, $4, $5)
  RETURNING feed, serial
), queued AS (
  INSERT INTO outbox_pending(feed, serial) SELECT feed, serial FROM recorded
  RETURNING serial
)
SELECT pg_notify('annex_registry_outbox', '') FROM queued;

-- name: feed_serial
-- $1 feed
SELECT serial FROM feed_head WHERE feed = $1;

-- name: pending_events
-- $1 feed, $2 limit. As registry_reader.
SELECT p.serial, o.event
FROM outbox_pending p JOIN outbox o ON o.feed = p.feed AND o.serial = p.serial
WHERE p.feed = $1
ORDER BY p.serial
LIMIT $2;

-- name: events_published
-- $1 feed, $2 serials
DELETE FROM outbox_pending WHERE feed = $1 AND serial = ANY($2::bigint[]);

-- name: become_relay_leader
-- Held by the session: it ends with the connection, however that ends.
SELECT pg_try_advisory_lock(hashtextextended('annex-registry-relay', 0)) AS is_leader;

-- name: feed_events
-- $1 feed, $2 after serial, $3 limit
SELECT event FROM outbox WHERE feed = $1 AND serial > $2 ORDER BY serial LIMIT $3;

-- name: install_events_of_tenant
-- $1 tenant id, $2 after serial, $3 limit
SELECT event FROM outbox
WHERE feed = 'installs' AND tenant_id = $1 AND serial > $2
ORDER BY serial
LIMIT $3;

-- name: feed_arrivals
-- $1 feed, $2 after serial, $3 limit. Who is concerned by what came; null is everybody. As registry_reader.
SELECT serial, tenant_id
FROM outbox WHERE feed = $1 AND serial > $2 ORDER BY serial LIMIT $3;
