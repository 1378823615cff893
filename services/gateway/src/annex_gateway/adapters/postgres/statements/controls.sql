-- The history of controls. Writers take turns, so revisions become visible in their order.

-- name: lock_controls
SELECT pg_advisory_xact_lock(hashtextextended('annex-gateway-controls', 0));

-- name: record_change
-- $1 target, $2 the revision it is made upon, $3 tenant or null, $4 document, $5 before, $6 reason, $7 principal,
-- $8 key id, $9 request id
INSERT INTO control_change (
    revision, previous, target, tenant_id, document, before, reason, principal_id, key_id, request_id
)
SELECT coalesce(max(revision), 0) + 1, $2, $1, $3, $4, $5, $6, $7, $8, $9 FROM control_change
RETURNING *;

-- name: announce_change
-- Heard by every replica when the transaction commits.
SELECT pg_notify('annex_gateway_controls', '');

-- name: latest
-- $1 targets
SELECT DISTINCT ON (target) * FROM control_change
WHERE target = ANY($1::text[])
ORDER BY target, revision DESC;

-- name: latest_below
-- $1 what targets begin with
SELECT DISTINCT ON (target) * FROM control_change
WHERE starts_with(target, $1)
ORDER BY target, revision DESC;

-- name: everything
SELECT * FROM (
    SELECT DISTINCT ON (target) * FROM control_change ORDER BY target, revision DESC
) AS newest
ORDER BY revision;

-- name: after
-- $1 revision, $2 limit
SELECT * FROM control_change WHERE revision > $1 ORDER BY revision LIMIT $2;

-- name: history
-- $1 target, $2 begin below this revision or null, $3 limit
SELECT * FROM control_change
WHERE target = $1 AND ($2::bigint IS NULL OR revision < $2)
ORDER BY revision DESC LIMIT $3;

-- name: history_below
-- $1 what targets begin with, $2 begin below this revision or null, $3 limit
SELECT * FROM control_change
WHERE starts_with(target, $1) AND ($2::bigint IS NULL OR revision < $2)
ORDER BY revision DESC LIMIT $3;
