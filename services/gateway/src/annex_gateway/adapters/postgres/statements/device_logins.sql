-- Logins of devices: begun, asked about, decided, handed out.

-- name: add
-- $1 device hash, $2 user code's hash, $3 name, $4 permissions wanted, $5 tenant wanted or null, $6 now,
-- $7 expires at, $8 interval, $9 how many may wait at once. No row back means that too many wait.
INSERT INTO device_login (
    device_hash, user_hash, name, wanted_permissions, wanted_tenant_id, created_at, expires_at,
    interval_seconds, status
)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'pending'
WHERE (
    SELECT count(*) FROM (
        SELECT d.device_hash FROM device_login AS d
        WHERE d.expires_at > $6 AND d.status = 'pending'
        LIMIT $9
    ) AS waiting
) < $9
ON CONFLICT DO NOTHING
RETURNING device_hash;

-- name: forget
-- $1 moment before which they were over
DELETE FROM device_login WHERE expires_at < $1;

-- name: find_by_device
-- $1 device hash
SELECT
    device_hash, name, wanted_permissions, wanted_tenant_id, created_at, expires_at, interval_seconds,
    polled_at, status, tenant_id, principal_id, permissions, key_expires_at, key_id
FROM device_login
WHERE device_hash = $1
FOR UPDATE;

-- name: find_by_user_code
-- $1 user code's hash
SELECT
    device_hash, name, wanted_permissions, wanted_tenant_id, created_at, expires_at, interval_seconds,
    polled_at, status, tenant_id, principal_id, permissions, key_expires_at, key_id
FROM device_login
WHERE user_hash = $1
FOR UPDATE;

-- name: note_poll
-- $1 device hash, $2 now, $3 interval
UPDATE device_login SET polled_at = $2, interval_seconds = $3 WHERE device_hash = $1;

-- name: decide
-- $1 device hash, $2 status, $3 tenant, $4 principal, $5 permissions or null, $6 the key's end or null
UPDATE device_login
SET status = $2, tenant_id = $3, principal_id = $4, permissions = $5, key_expires_at = $6
WHERE device_hash = $1;

-- name: note_key
-- $1 device hash, $2 key
UPDATE device_login SET key_id = $2 WHERE device_hash = $1;

-- name: guess
-- $1 tenant, $2 principal, $3 now, $4 moment before which a count is over
INSERT INTO user_code_guess AS g (tenant_id, principal_id, since, misses) VALUES ($1, $2, $3, 1)
ON CONFLICT (tenant_id, principal_id) DO UPDATE
    SET
        since = CASE WHEN g.since < $4 THEN $3 ELSE g.since END,
        misses = CASE WHEN g.since < $4 THEN 1 ELSE g.misses + 1 END
RETURNING g.since, g.misses;

-- name: forgive
-- $1 tenant, $2 principal: the last one was no guess
UPDATE user_code_guess SET misses = misses - 1 WHERE tenant_id = $1 AND principal_id = $2 AND misses > 0;
