-- Debug sessions, for auditors.

-- name: add_debug_session
-- $1 tenant, $2 id, $3 principal, $4 key id, $5 extension, $6 install or null, $7 request id or null, $8 kind,
-- $9 started at
INSERT INTO extension_debug_session (
    tenant_id, id, principal_id, key_id, extension_id, install_id, request_id, kind, started_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: end_debug_session
-- $1 tenant, $2 id, $3 ended at, $4 reason, $5 lines
UPDATE extension_debug_session SET ended_at = $3, end_reason = $4, lines = $5
WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL;
