-- name: add_extension
-- $1 id, $2 publisher, $3 name, $4 created_at. Waits for whoever is adding the same name.
INSERT INTO extension_registry(id, publisher, name, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (publisher, name_key) DO NOTHING
RETURNING id, publisher, name, created_at;

-- name: add_extension_head
-- $1 extension_id
INSERT INTO extension_head(extension_id) VALUES ($1)
ON CONFLICT (extension_id) DO NOTHING;

-- name: extension_by_ref
-- $1 publisher, $2 name_key
SELECT id, publisher, name, created_at FROM extension_registry WHERE publisher = $1 AND name_key = $2;

-- name: extension_by_id
-- $1 id
SELECT id, publisher, name, created_at FROM extension_registry WHERE id = $1;

-- name: extension_by_install
-- $1 install id, $2 tenant id
SELECT e.id, e.publisher, e.name, e.created_at
FROM tenant_extension_install i JOIN extension_registry e ON e.id = i.extension_id
WHERE i.tenant_id = $2 AND i.id = $1;

-- name: extensions_installed_by_name
-- $1 name_key, $2 tenant id
SELECT e.id, e.publisher, e.name, e.created_at
FROM tenant_extension_install i JOIN extension_registry e ON e.id = i.extension_id
WHERE i.tenant_id = $2 AND e.name_key = $1
ORDER BY e.publisher LIMIT 10;

-- name: extension_summary
-- $1 extension id; an extension exists with its first version
SELECT e.id, e.publisher, e.name, e.created_at, v.version, v.published_at, h.next_ext_seq AS version_count
FROM extension_registry e
JOIN extension_head h ON h.extension_id = e.id
JOIN version_position p ON p.extension_id = e.id AND p.ext_seq = h.next_ext_seq - 1
JOIN extension_version v ON v.id = p.version_id
WHERE e.id = $1;

-- name: page_of_extensions
-- $1 prefix pattern, $2 after publisher or null, $3 after name, $4 limit
SELECT e.id, e.publisher, e.name, e.created_at, v.version, v.published_at, h.next_ext_seq AS version_count
FROM extension_registry e
JOIN extension_head h ON h.extension_id = e.id
JOIN version_position p ON p.extension_id = e.id AND p.ext_seq = h.next_ext_seq - 1
JOIN extension_version v ON v.id = p.version_id
WHERE (e.name LIKE $1 OR e.publisher || '/' || e.name LIKE $1)
  AND ($2::text IS NULL OR (e.publisher, e.name) > ($2, $3::text))
ORDER BY e.publisher, e.name
LIMIT $4;
