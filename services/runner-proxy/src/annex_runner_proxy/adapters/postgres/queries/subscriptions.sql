-- name: followed_revision
-- $1 tenant, $2 install, $3 revision. No row back: rows of this revision, or of a later one, are there.
INSERT INTO extension_subscription_revision AS r (tenant_id, install_id, revision) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, install_id) DO UPDATE SET revision = excluded.revision
WHERE r.revision < excluded.revision
RETURNING r.revision;

-- name: revisions
-- Which revision of each install is followed.
SELECT install_id, revision FROM extension_subscription_revision;

-- name: clear_subscriptions
-- $1 tenant, $2 install, $3 the topics that stay
DELETE FROM extension_event_subscription
WHERE tenant_id = $1 AND install_id = $2 AND topic <> ALL($3::text[]);

-- name: add_subscription
-- $1 tenant, $2 install, $3 topic, $4 extension, $5 handler, $6 now
INSERT INTO extension_event_subscription(tenant_id, install_id, topic, extension_id, handler, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, install_id, topic) DO UPDATE SET handler = excluded.handler;

-- name: subscriptions
-- $1 tenant, $2 install
SELECT topic, handler, created_at FROM extension_event_subscription
WHERE tenant_id = $1 AND install_id = $2
ORDER BY topic;

-- name: deliver
-- $1 topic, $2 event id, $3 path, $4 body, $5 now, $6 tenant or null, $7 install or null, $8 extension or null.
-- One row for each subscription that is concerned and does not have the event yet.
INSERT INTO extension_dispatch(tenant_id, id, install_id, kind, lane, cause, event_id, method, path, body, due_at,
  state, next_attempt_at, created_at)
SELECT s.tenant_id, gen_random_uuid(), s.install_id, 'event', s.topic, 'event', $2, 'POST', $3, $4,
       $5::timestamptz, 'waiting', $5::timestamptz, $5::timestamptz
FROM extension_event_subscription s
WHERE s.topic = $1 AND ($6::uuid IS NULL OR s.tenant_id = $6) AND ($7::uuid IS NULL OR s.install_id = $7)
  AND ($8::uuid IS NULL OR s.extension_id = $8)
ON CONFLICT (tenant_id, install_id, lane, event_id) WHERE event_id IS NOT NULL DO NOTHING
RETURNING id;

-- name: add_emitted
-- $1 tenant, $2 id, $3 data, $4 now. Its position comes back.
INSERT INTO extension_event_outbox(tenant_id, id, data, recorded_at) VALUES ($1, $2, $3, $4)
RETURNING position;

-- name: become_event_relay
-- Held to the end of the transaction: one replica relays at a time, so events keep their order.
SELECT pg_try_advisory_xact_lock(hashtextextended('annex-runner-proxy-relay', 0)) AS is_leader;

-- name: unsent
-- $1 limit
SELECT tenant_id, id, position, data, recorded_at FROM extension_event_outbox
WHERE sent_at IS NULL
ORDER BY position
LIMIT $1;

-- name: note_sent
-- $1 tenant, $2 id, $3 now
UPDATE extension_event_outbox SET sent_at = $3 WHERE tenant_id = $1 AND id = $2;
