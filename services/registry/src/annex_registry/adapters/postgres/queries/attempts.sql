-- name: add_upload
-- $1 id, $2 principal_id, $3 tenant_id, $4 filename, $5 content_hash, $6 size_bytes, $7 manifest,
-- $8 has_handler, $9 created_at, $10 expires_at, $11 forget_at, $12 state, $13 received_bytes,
-- $14 may_have_object
INSERT INTO upload_attempt(id, principal_id, tenant_id, filename, content_hash, size_bytes, manifest,
                           has_handler, created_at, expires_at, forget_at, state, received_bytes,
                           may_have_object)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: find_upload
-- $1 id, $2 principal_id, $3 tenant_id or null
SELECT id, principal_id, tenant_id, state, filename, content_hash, size_bytes, manifest, has_handler, outcome,
       created_at, expires_at, received_bytes, parts, presigned_until
FROM upload_attempt
WHERE id = $1 AND principal_id = $2 AND tenant_id IS NOT DISTINCT FROM $3;

-- name: find_upload_for_change
-- $1 id, $2 principal_id, $3 tenant_id or null. Waits for whoever is finishing it and sees what they wrote.
SELECT id, principal_id, tenant_id, state, filename, content_hash, size_bytes, manifest, has_handler, outcome,
       created_at, expires_at, received_bytes, parts, presigned_until
FROM upload_attempt
WHERE id = $1 AND principal_id = $2 AND tenant_id IS NOT DISTINCT FROM $3
FOR UPDATE;

-- name: close_upload
-- $1 id, $2 state, $3 outcome
UPDATE upload_attempt SET state = $2, outcome = $3 WHERE id = $1;

-- name: add_upload_part
-- $1 id, $2 part, $3 its size_bytes. The caller holds the row.
UPDATE upload_attempt SET parts = parts || $2::uuid, received_bytes = received_bytes + $3 WHERE id = $1;

-- name: upload_presigned
-- $1 id, $2 presigned_until
UPDATE upload_attempt SET presigned_until = greatest(presigned_until, $2) WHERE id = $1;

-- name: upload_object_removed
-- $1 id, $2 now. While an address is out, the object may come back.
UPDATE upload_attempt SET may_have_object = false
WHERE id = $1 AND (presigned_until IS NULL OR presigned_until <= $2);

-- name: uploads_with_stale_object
-- $1 now, $2 limit
SELECT id FROM upload_attempt
WHERE may_have_object AND (expires_at <= $1 OR state NOT IN ('receiving', 'staged'))
  AND (presigned_until IS NULL OR presigned_until <= $1)
ORDER BY expires_at LIMIT $2;

-- name: expire_upload
-- $1 id, $2 now
UPDATE upload_attempt SET state = 'expired' WHERE id = $1 AND state IN ('receiving', 'staged') AND expires_at <= $2;

-- name: forget_uploads
-- $1 now. A row with an object left is kept, or nobody would ever remove the object.
WITH forgotten AS (
  DELETE FROM upload_attempt WHERE forget_at <= $1 AND NOT may_have_object RETURNING 1
)
SELECT count(*) AS count FROM forgotten;

-- name: forget_idempotency
-- $1 now
WITH forgotten AS (
  DELETE FROM idempotency_record WHERE forget_at <= $1 RETURNING 1
)
SELECT count(*) AS count FROM forgotten;

-- name: find_idempotency
-- $1 principal_id, $2 key
SELECT request_digest, answer FROM idempotency_record WHERE principal_id = $1 AND key = $2;

-- name: enter_idempotency
-- $1 principal_id, $2 key. False means that a request with this key is running; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || E'\n' || $2::text, 7301)) AS entered;

-- name: begin_idempotency
-- $1 principal_id, $2 key, $3 request_digest, $4 created_at, $5 forget_at.
-- No row back means that a request with this key was committed.
INSERT INTO idempotency_record(principal_id, key, request_digest, created_at, forget_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (principal_id, key) DO NOTHING
RETURNING key;

-- name: finish_idempotency
-- $1 principal_id, $2 key, $3 answer
UPDATE idempotency_record SET answer = $3 WHERE principal_id = $1 AND key = $2;
