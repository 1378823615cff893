-- name: find_publisher
-- $1 slug
SELECT slug, created_at FROM publisher WHERE slug = $1;

-- name: page_of_publishers
-- $1 after slug or null, $2 limit
SELECT slug, created_at FROM publisher
WHERE $1::text IS NULL OR slug > $1
ORDER BY slug LIMIT $2;

-- name: state_of_publishers
-- Grows with everything the listing shows: publishers and keys are only added, a key is revoked once.
SELECT (SELECT count(*) FROM publisher) + (SELECT count(*) + count(revoked_at) FROM publisher_key)
     + (SELECT count(*) FROM publisher_key_leaf);

-- name: keys_of_publishers
-- $1 slugs
SELECT k.publisher, k.key_id, k.public_key_pem, k.added_at, k.revoked_at, k.valid_from, k.valid_until,
       l.log_index
FROM publisher_key k
LEFT JOIN publisher_key_leaf l ON l.publisher = k.publisher AND l.key_id = k.key_id AND l.change = 'added'
WHERE k.publisher = ANY($1::text[])
ORDER BY k.publisher, k.added_at, k.key_id;

-- name: add_publisher
-- $1 slug, $2 created_by, $3 created_at. No row back means the slug is taken.
INSERT INTO publisher(slug, created_by, created_at) VALUES ($1, $2, $3)
ON CONFLICT (slug) DO NOTHING
RETURNING slug;

-- name: role_of_member
-- $1 slug, $2 principal_id
SELECT role FROM publisher_member WHERE publisher = $1 AND principal_id = $2;

-- name: slugs_of_principal
-- $1 principal_id. Two are enough to know that there is not exactly one; ten are enough to name them.
SELECT publisher FROM publisher_member WHERE principal_id = $1 ORDER BY publisher LIMIT 10;

-- name: set_member
-- $1 slug, $2 principal_id, $3 role, $4 added_at
INSERT INTO publisher_member(publisher, principal_id, role, added_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (publisher, principal_id) DO UPDATE SET role = excluded.role;

-- name: add_publisher_key
-- $1 slug, $2 key_id, $3 public_key_pem, $4 added_by, $5 added_at, $6 valid_from, $7 valid_until.
-- No row back: it is or was there.
INSERT INTO publisher_key(publisher, key_id, public_key_pem, added_by, added_at, valid_from, valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (publisher, key_id) DO NOTHING
RETURNING key_id;

-- name: revoke_publisher_key
-- $1 slug, $2 key_id, $3 revoked_at. No row back means there is no such active key.
UPDATE publisher_key SET revoked_at = $3
WHERE publisher = $1 AND key_id = $2 AND revoked_at IS NULL
RETURNING key_id;
