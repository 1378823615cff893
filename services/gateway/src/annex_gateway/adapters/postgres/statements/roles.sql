-- Roles of tenants and who has which.

-- name: own
-- $1 tenant
SELECT name, permissions, description FROM role WHERE tenant_id = $1 ORDER BY name;

-- name: own_of_names
-- $1 tenant, $2 names
SELECT name, permissions FROM role WHERE tenant_id = $1 AND name = ANY($2::text[]);

-- name: put
-- $1 tenant, $2 name, $3 permissions, $4 description, $5 now
INSERT INTO role (tenant_id, name, permissions, description, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, name) DO UPDATE
SET permissions = excluded.permissions, description = excluded.description, changed_at = excluded.changed_at;

-- name: remove
-- $1 tenant, $2 name
DELETE FROM role WHERE tenant_id = $1 AND name = $2 RETURNING name;

-- name: remove_assignments
-- $1 tenant, $2 name
DELETE FROM role_assignment WHERE tenant_id = $1 AND role = $2;

-- name: assign
-- $1 tenant, $2 principal, $3 role, $4 now. No row back means that the principal had it.
INSERT INTO role_assignment (tenant_id, principal_id, role, assigned_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING role;

-- name: unassign
-- $1 tenant, $2 principal, $3 role
DELETE FROM role_assignment WHERE tenant_id = $1 AND principal_id = $2 AND role = $3 RETURNING role;
