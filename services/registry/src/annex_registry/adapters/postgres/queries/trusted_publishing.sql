-- name: add_trusted_publisher
-- $1 id, $2 publisher, $3 name or null, $4 issuer, $5 audience, $6 claims, $7 added_by, $8 added_at
INSERT INTO trusted_publisher(id, publisher, name, issuer, audience, claims, added_by, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: trusted_publishers_of
-- $1 publisher
SELECT id, publisher, name, issuer, audience, claims, added_at
FROM trusted_publisher WHERE publisher = $1 AND removed_at IS NULL
ORDER BY added_at, id;

-- name: remove_trusted_publisher
-- $1 publisher, $2 id, $3 removed_by, $4 removed_at. No row back means there is none.
UPDATE trusted_publisher SET removed_by = $3, removed_at = $4
WHERE publisher = $1 AND id = $2 AND removed_at IS NULL
RETURNING id;

-- name: spend_id_token
-- $1 digest of issuer and jti, $2 forget_at. Waits for whoever is spending it; no row back means it is spent.
INSERT INTO spent_id_token(issuer_and_jti, forget_at) VALUES ($1, $2)
ON CONFLICT (issuer_and_jti) DO NOTHING
RETURNING issuer_and_jti;

-- name: add_publish_token
-- $1 id, $2 secret_hash, $3 trusted_publisher_id, $4 publisher, $5 name, $6 issuer, $7 subject, $8 claims,
-- $9 created_at, $10 expires_at
INSERT INTO publish_token(id, secret_hash, trusted_publisher_id, publisher, name, issuer, subject, claims,
                          created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: find_publish_token
-- $1 id. A token ends with its trusted publisher.
SELECT t.id, t.secret_hash, t.trusted_publisher_id, t.publisher, t.name, t.issuer, t.subject, t.claims,
       t.created_at, t.expires_at
FROM publish_token t JOIN trusted_publisher p ON p.id = t.trusted_publisher_id
WHERE t.id = $1 AND p.removed_at IS NULL;

-- name: forget_spent_id_tokens
-- $1 now
WITH forgotten AS (DELETE FROM spent_id_token WHERE forget_at <= $1 RETURNING 1)
SELECT count(*) AS count FROM forgotten;

-- name: forget_publish_tokens
-- $1 before. Later than their end, so that an expired token is told from an unknown one for a while.
WITH forgotten AS (DELETE FROM publish_token WHERE expires_at <= $1 RETURNING 1)
SELECT count(*) AS count FROM forgotten;

-- name: add_trusted_only
-- $1 extension_id, $2 trusted_only, $3 reason, $4 actor, $5 recorded_at. The extension's head is held.
INSERT INTO extension_trusted_only(extension_id, position, trusted_only, reason, actor, recorded_at)
SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5 FROM extension_trusted_only WHERE extension_id = $1;

-- name: is_trusted_only
-- $1 extension_id
SELECT trusted_only FROM extension_trusted_only WHERE extension_id = $1 ORDER BY position DESC LIMIT 1;

-- name: trusted_only_changes
-- $1 extension_id, $2 limit. Newest first.
SELECT trusted_only, reason, actor, recorded_at
FROM extension_trusted_only WHERE extension_id = $1 ORDER BY position DESC LIMIT $2;
