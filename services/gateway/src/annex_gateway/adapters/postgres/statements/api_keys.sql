-- API keys: looked up by authentication, changed by the directory.

-- name: find_key
-- $1 key_id
SELECT key_id, principal_id, tenant_id, secret_hash, permissions, created_at, expires_at, revoked_at, last_used
FROM api_key
WHERE key_id = $1;

-- name: note_use
-- $1 key_id, $2 now
UPDATE api_key SET last_used = $2 WHERE key_id = $1;

-- name: add_key
-- $1 key_id, $2 principal_id, $3 tenant_id, $4 secret_hash, $5 permissions, $6 created_at, $7 expires_at
INSERT INTO api_key (key_id, principal_id, tenant_id, secret_hash, permissions, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: keys
-- $1 tenant_id, $2 key_id to begin behind, $3 limit
SELECT
    k.key_id, k.principal_id, k.tenant_id, k.secret_hash, k.permissions, k.created_at, k.expires_at,
    k.revoked_at, k.last_used, p.kind, p.name
FROM api_key AS k
INNER JOIN principal AS p ON k.principal_id = p.id
WHERE k.tenant_id = $1 AND k.key_id > $2
ORDER BY k.key_id
LIMIT $3;

-- name: revoke_key
-- $1 key_id, $2 now. The first revocation's moment stays. No row back means there is no such key.
UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1
RETURNING key_id;

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
