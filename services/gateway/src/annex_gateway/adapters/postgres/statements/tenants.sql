-- Tenants, by the directory.

-- name: add_tenant
-- $1 id, $2 slug, $3 name. No row back means the id or the slug is taken.
INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find_tenant
-- $1 id
SELECT id, slug, name FROM tenant WHERE id = $1;

-- name: find_tenant_by_slug
-- $1 slug
SELECT id, slug, name FROM tenant WHERE slug = $1;

-- name: tenants
-- $1 slug to begin behind, $2 limit
SELECT id, slug, name FROM tenant WHERE slug > $1 ORDER BY slug LIMIT $2;
