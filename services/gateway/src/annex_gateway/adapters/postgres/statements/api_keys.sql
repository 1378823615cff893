-- API keys: looked up by authentication, changed by the directory.

-- name: find_key
-- $1 key_id
SELECT
    k.key_id, k.principal_id, k.tenant_id, k.secret_hash, k.permissions, k.created_at, k.expires_at,
    k.revoked_at, k.last_used, k.previous_hash, k.previous_until, k.rotated_at, k.label,
    p.kind, p.name, p.display_name, p.email, p.client_id, p.disabled_at, t.name AS tenant_name
FROM api_key AS k
INNER JOIN principal AS p ON k.principal_id = p.id AND k.tenant_id = p.tenant_id
INNER JOIN tenant AS t ON k.tenant_id = t.id
WHERE k.key_id = $1;

-- name: note_use
-- $1 key_id, $2 now
UPDATE api_key SET last_used = $2 WHERE key_id = $1;

-- name: add_key
-- $1 key_id, $2 principal_id, $3 tenant_id, $4 secret_hash, $5 permissions, $6 created_at, $7 expires_at,
-- $8 label
INSERT INTO api_key (
    key_id, principal_id, tenant_id, secret_hash, permissions, created_at, expires_at, label
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: keys
-- $1 tenant_id, $2 key_id to begin behind, $3 limit
SELECT
    k.key_id, k.principal_id, k.tenant_id, k.secret_hash, k.permissions, k.created_at, k.expires_at,
    k.revoked_at, k.last_used, k.previous_hash, k.previous_until, k.rotated_at, k.label,
    p.kind, p.name
FROM api_key AS k
INNER JOIN principal AS p ON k.principal_id = p.id
WHERE k.tenant_id = $1 AND k.key_id > $2
ORDER BY k.key_id
LIMIT $3;

-- name: revoke_key
-- $1 key_id, $2 now. The first revocation's moment stays. No row back means there is no such key.
UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1
RETURNING key_id;

-- name: find_key_to_change
-- $1 key_id, $2 tenant or null for any
SELECT
    key_id, principal_id, tenant_id, secret_hash, permissions, created_at, expires_at, revoked_at, last_used,
    previous_hash, previous_until, rotated_at, label
FROM api_key
WHERE key_id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)
FOR UPDATE;

-- name: keys_of_principal
-- $1 tenant, $2 principal, $3 limit
SELECT
    key_id, principal_id, tenant_id, secret_hash, permissions, created_at, expires_at, revoked_at, last_used,
    previous_hash, previous_until, rotated_at, label
FROM api_key
WHERE tenant_id = $1 AND principal_id = $2
ORDER BY created_at DESC, key_id
LIMIT $3;

-- name: rotate_key
-- $1 key_id, $2 tenant, $3 new hash, $4 until when the old secret opens, $5 now, $6 expires at
UPDATE api_key
SET
    previous_hash = secret_hash, previous_until = $4, secret_hash = $3, rotated_at = $5, expires_at = $6
WHERE key_id = $1 AND tenant_id = $2;

-- name: valid_key_ids
-- $1 principal_id, $2 now
SELECT key_id
FROM api_key
WHERE principal_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
ORDER BY created_at DESC, key_id;

-- name: lock_directory
-- One bootstrap at a time; released with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('annex-gateway-directory', 0));

-- name: ping
-- Whether the table can be read, not only whether the server is up.
SELECT count(*) FROM (SELECT key_id FROM api_key LIMIT 1) AS one;
