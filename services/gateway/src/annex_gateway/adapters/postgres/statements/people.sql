-- Principals as administrators see them, and as tokens find them.

-- name: page
-- $1 tenant, $2 id to begin behind (text), $3 limit
SELECT
    p.id, p.tenant_id, p.kind, p.name, p.display_name, p.issuer, p.subject, p.client_id, p.created_at,
    p.disabled_at,
    ARRAY(
        SELECT a.role FROM role_assignment AS a
        WHERE a.tenant_id = p.tenant_id AND a.principal_id = p.id
    ) AS roles
FROM principal AS p
WHERE p.tenant_id = $1 AND p.id > $2
ORDER BY p.id
LIMIT $3;

-- name: find
-- $1 tenant, $2 id
SELECT
    p.id, p.tenant_id, p.kind, p.name, p.display_name, p.issuer, p.subject, p.client_id, p.created_at,
    p.disabled_at,
    ARRAY(
        SELECT a.role FROM role_assignment AS a
        WHERE a.tenant_id = p.tenant_id AND a.principal_id = p.id
    ) AS roles
FROM principal AS p
WHERE p.tenant_id = $1 AND p.id = $2;

-- name: add
-- $1 id, $2 tenant, $3 kind, $4 name, $5 display name, $6 issuer, $7 subject, $8 client id, $9 e-mail.
-- No row back means that the name or the subject is taken.
INSERT INTO principal (id, tenant_id, kind, name, display_name, issuer, subject, client_id, email)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: change
-- $1 tenant, $2 id, $3 client id, $4 disabled at
UPDATE principal SET client_id = $3, disabled_at = $4 WHERE tenant_id = $1 AND id = $2;

-- name: holder_by_subject
-- $1 tenant, $2 issuer, $3 subject
SELECT
    p.id, p.kind, p.name, p.display_name, p.email, p.client_id, p.disabled_at, t.name AS tenant_name,
    ARRAY(
        SELECT a.role FROM role_assignment AS a
        WHERE a.tenant_id = p.tenant_id AND a.principal_id = p.id
    ) AS roles
FROM principal AS p
INNER JOIN tenant AS t ON p.tenant_id = t.id
WHERE p.tenant_id = $1 AND p.issuer = $2 AND p.subject = $3;

-- name: note_person
-- $1 tenant, $2 id, $3 display name, $4 e-mail: what the newest token says.
UPDATE principal SET display_name = $3, email = $4 WHERE tenant_id = $1 AND id = $2;

-- name: lock_people
-- $1 tenant as text: first sights of one tenant, one at a time, so that its limit holds.
SELECT pg_advisory_xact_lock(hashtextextended('annex-gateway-people-' || $1, 0));

-- name: tenant_and_people
-- $1 tenant. No row means that there is no such tenant.
SELECT
    t.id, (SELECT count(*) FROM principal AS p WHERE p.tenant_id = t.id AND p.issuer IS NOT NULL) AS people
FROM tenant AS t
WHERE t.id = $1;

-- name: administrators
-- $1 tenant, $2 limit: those who can give permissions, as they are called.
SELECT coalesce(p.display_name, p.name) AS name
FROM principal AS p
INNER JOIN role_assignment AS a ON p.tenant_id = a.tenant_id AND p.id = a.principal_id
WHERE p.tenant_id = $1 AND a.role = 'admin' AND p.disabled_at IS NULL
ORDER BY p.created_at, p.id
LIMIT $2;
