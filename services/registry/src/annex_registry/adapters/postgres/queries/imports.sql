-- name: source_of_extension
-- $1 extension_id
SELECT source_id FROM imported_extension WHERE extension_id = $1;

-- name: extension_of_source
-- $1 source_id
SELECT e.id, e.publisher, e.name, e.created_at
FROM imported_extension i JOIN extension_registry e ON e.id = i.extension_id
WHERE i.source_id = $1;

-- name: add_source
-- $1 extension_id, $2 source_id, $3 source_publisher, $4 source_name, $5 imported_at
INSERT INTO imported_extension(extension_id, source_id, source_publisher, source_name, imported_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (extension_id) DO NOTHING;

-- name: is_version_id_taken
-- $1 version_id
SELECT EXISTS (SELECT FROM extension_version WHERE id = $1) AS taken;

-- name: add_bundles
-- $1 version_id, $2 content_hashes, $3 sizes, $4 created_at of each
INSERT INTO imported_bundle(version_id, content_hash, size_bytes, created_at)
SELECT $1, b.content_hash, b.size_bytes, b.created_at
FROM unnest($2::bytea[], $3::bigint[], $4::timestamptz[]) AS b(content_hash, size_bytes, created_at);

-- name: bundles_of_version
-- $1 version_id. Newest first; the first is the one that counts.
SELECT content_hash, size_bytes, created_at FROM imported_bundle
WHERE version_id = $1 ORDER BY created_at DESC, content_hash DESC;
