-- Principals, by the directory.

-- name: add_principal
-- $1 id, $2 tenant_id, $3 kind, $4 name. No row back means the tenant has a principal of this name.
INSERT INTO principal (id, tenant_id, kind, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING id, tenant_id, kind, name;

-- name: find_principal_by_name
-- $1 tenant_id, $2 name
SELECT id, tenant_id, kind, name FROM principal WHERE tenant_id = $1 AND name = $2;

-- name: find_principal
-- $1 id
SELECT id, tenant_id, kind, name FROM principal WHERE id = $1;
