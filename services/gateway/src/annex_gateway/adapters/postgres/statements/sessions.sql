-- Sessions and sign-in links.

-- name: find_session
-- $1 hash
SELECT
    s.session_hash, s.tenant_id, s.principal_id, s.key_id, s.permissions, s.roles AS said_roles, s.client_id,
    s.client_name, s.additional_fields, s.created_at, s.last_seen, s.expires_at, s.ended_at,
    p.kind, p.name, p.display_name, p.email, p.client_id AS own_client_id, p.disabled_at,
    t.name AS tenant_name, k.permissions AS key_permissions, k.expires_at AS key_expires_at,
    ARRAY(
        SELECT a.role FROM role_assignment AS a
        WHERE a.tenant_id = s.tenant_id AND a.principal_id = s.principal_id
    ) AS roles
FROM console_session AS s
INNER JOIN principal AS p ON s.principal_id = p.id AND s.tenant_id = p.tenant_id
INNER JOIN tenant AS t ON s.tenant_id = t.id
LEFT JOIN api_key AS k ON s.key_id = k.key_id AND s.tenant_id = k.tenant_id AND k.revoked_at IS NULL
WHERE s.session_hash = $1;

-- name: note_seen
-- $1 hash, $2 now
UPDATE console_session SET last_seen = $2 WHERE session_hash = $1 AND ended_at IS NULL AND last_seen < $2;

-- name: add_session
-- $1 hash, $2 tenant, $3 principal, $4 key, $5 permissions, $6 roles, $7 client id, $8 client name,
-- $9 additional fields as JSON, $10 now, $11 expires at
INSERT INTO console_session (
    session_hash, tenant_id, principal_id, key_id, permissions, roles, client_id, client_name,
    additional_fields, created_at, last_seen, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11);

-- name: end_surplus
-- $1 tenant, $2 principal, $3 how many may go on, $4 now
UPDATE console_session SET ended_at = $4
WHERE session_hash IN (
    SELECT s.session_hash FROM console_session AS s
    WHERE s.tenant_id = $1 AND s.principal_id = $2 AND s.ended_at IS NULL
    ORDER BY s.created_at DESC
    OFFSET $3
);

-- name: forget_sessions
-- $1 tenant, $2 principal, $3 moment before which they were over
DELETE FROM console_session
WHERE tenant_id = $1 AND principal_id = $2 AND least(ended_at, expires_at) < $3;

-- name: end_session
-- $1 hash, $2 now. No row back means that there was none to end.
UPDATE console_session SET ended_at = $2 WHERE session_hash = $1 AND ended_at IS NULL
RETURNING
    tenant_id, principal_id, key_id, permissions, roles AS said_roles, client_id, client_name,
    additional_fields;

-- name: add_link
-- $1 hash, $2 tenant, $3 principal, $4 key, $5 permissions, $6 roles, $7 client id, $8 client name,
-- $9 additional fields as JSON, $10 now, $11 expires at
INSERT INTO sign_in_link (
    token_hash, tenant_id, principal_id, key_id, permissions, roles, client_id, client_name,
    additional_fields, created_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: take_link
-- $1 hash, $2 now: once, and in time
UPDATE sign_in_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
RETURNING
    tenant_id, principal_id, key_id, permissions, roles AS said_roles, client_id, client_name,
    additional_fields;

-- name: forget_links
-- $1 tenant, $2 principal, $3 moment before which they were over
DELETE FROM sign_in_link WHERE tenant_id = $1 AND principal_id = $2 AND expires_at < $3;
