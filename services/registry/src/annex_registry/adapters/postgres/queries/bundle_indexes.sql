-- name: find_index
-- $1 content_hash
SELECT paths, sizes, hashes, archive_bytes FROM bundle_index WHERE content_hash = $1;

-- name: add_index
-- $1 content_hash, $2 paths, $3 sizes, $4 hashes, $5 archive_bytes. Whoever comes second has the same.
INSERT INTO bundle_index(content_hash, paths, sizes, hashes, archive_bytes)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (content_hash) DO NOTHING;
