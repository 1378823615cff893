-- The record of changes of identity, and of debug sessions, as auditors read them.

-- name: note
-- $1 tenant, $2 change, $3 subject, $4 actor, $5 its tenant, $6 its credential, $7 request id, $8 at,
-- $9 details as JSON
INSERT INTO identity_change (
    tenant_id, change, subject, actor_principal_id, actor_tenant_id, actor_credential, request_id, at, details
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: changes
-- $1 tenant, $2 number to begin below or null, $3 limit, $4 change, $5 actor, $6 subject, $7 since, $8 until
-- $9 request id
SELECT
    number, tenant_id, change, subject, actor_principal_id, actor_tenant_id, actor_credential, request_id, at,
    details
FROM identity_change
WHERE
    tenant_id = $1
    AND ($2::bigint IS NULL OR number < $2)
    AND ($4::text IS NULL OR change = $4)
    AND ($5::uuid IS NULL OR actor_principal_id = $5)
    AND ($6::text IS NULL OR subject = $6)
    AND ($7::timestamptz IS NULL OR at >= $7)
    AND ($8::timestamptz IS NULL OR at < $8)
    AND ($9::text IS NULL OR request_id = $9)
ORDER BY number DESC
LIMIT $3;

-- name: debug_sessions
-- $1 tenant, $2 and $3 start and id to begin below or null, $4 limit
SELECT
    tenant_id, id, principal_id, key_id, extension_id, install_id, request_id, kind, started_at, ended_at,
    end_reason, lines
FROM extension_debug_session
WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (started_at, id) < ($2, $3::uuid))
ORDER BY started_at DESC, id DESC
LIMIT $4;
