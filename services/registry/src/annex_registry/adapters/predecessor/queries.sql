-- Texts are cut where they are longer than anything that is accepted, so that a page fits into memory.

-- name: extension_count
SELECT count(*) FROM extension_registry;

-- name: page_of_extensions
-- $1 after created_at or null, $2 after id, $3 limit. Oldest first: of two entries that would get one name
-- here, the older one keeps it.
SELECT id, left(coalesce(publisher, ''), 1000) AS publisher, left(coalesce(name, ''), 1000) AS name,
       coalesce(created_at, 'epoch')::timestamptz AS created_at
FROM extension_registry
WHERE $1::timestamptz IS NULL
   OR (coalesce(created_at, 'epoch')::timestamptz, id) > ($1::timestamptz, $2::uuid)
ORDER BY coalesce(created_at, 'epoch')::timestamptz, id
LIMIT $3;

-- name: page_of_versions
-- $1 registry id, $2 after created_at or null, $3 after id, $4 limit. In the order of their publication.
SELECT id, left(coalesce(version, ''), 1000) AS version, left(capabilities::text, 65536) AS capabilities,
       coalesce(created_at, 'epoch')::timestamptz AS created_at
FROM extension_version
WHERE registry_id = $1
  AND ($2::timestamptz IS NULL
       OR (coalesce(created_at, 'epoch')::timestamptz, id) > ($2::timestamptz, $3::uuid))
ORDER BY coalesce(created_at, 'epoch')::timestamptz, id
LIMIT $4;

-- name: bundles_of_version
-- $1 version id, $2 limit
SELECT left(coalesce(content_hash, ''), 200) AS content_hash, left(coalesce(storage_url, ''), 4096) AS storage_url,
       signature IS NOT NULL AS has_signature, coalesce(created_at, 'epoch')::timestamptz AS created_at
FROM extension_bundle
WHERE version_id = $1
ORDER BY coalesce(created_at, 'epoch')::timestamptz DESC, content_hash DESC
LIMIT $2;

-- name: tenants_of_extension
-- $1 registry id, $2 limit
SELECT DISTINCT tenant_id::text AS tenant_id FROM tenant_extension_install
WHERE registry_id = $1 ORDER BY 1 LIMIT $2;

-- name: page_of_installs
-- $1 registry id, $2 after id or null, $3 limit, $4 most characters of a document that are read
SELECT i.id, coalesce(i.tenant_id::text, '') AS tenant_id, i.version_id,
       coalesce(i.is_enabled, false) AS is_enabled, coalesce(i.status::text, '') AS status,
       coalesce(i.created_at, 'epoch')::timestamptz AS created_at,
       greatest(length(i.granted_caps::text), length(coalesce(c.config, i.config)::text),
                length(c.providers::text), length(s.ciphertext)) > $4 AS is_oversized,
       left(i.granted_caps::text, $4) AS granted,
       left(coalesce(c.config, i.config)::text, $4) AS config,
       left(c.providers::text, $4) AS providers,
       s.algorithm, left(s.ciphertext, $4) AS ciphertext, s.expires_at::timestamptz AS expires_at
FROM tenant_extension_install i
LEFT JOIN tenant_extension_install_config c ON c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.install_id = i.id
WHERE i.registry_id = $1 AND ($2::uuid IS NULL OR i.id > $2)
ORDER BY i.id
LIMIT $3;
