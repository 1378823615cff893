-- name: chain_head
-- $1 extension_id. Held to the end of the transaction: it orders the extension's leaves.
SELECT next_log_seq, last_leaf_hash FROM extension_head WHERE extension_id = $1 FOR UPDATE;

-- name: append_leaf
-- $1 extension_id, $2 entry. Takes the log's lock until the transaction ends.
WITH appended AS (
  SELECT leaf_index, leaf_hash FROM log_append($2)
)
UPDATE extension_head h
SET next_log_seq = h.next_log_seq + 1, last_leaf_hash = appended.leaf_hash
FROM appended WHERE h.extension_id = $1
RETURNING appended.leaf_index;

-- name: add_late_leaf
-- $1 version_id, $2 log_index. The trigger lets it be set once.
UPDATE version_position SET log_index = $2 WHERE version_id = $1;

-- name: versions_without_leaf
-- $1 after serial, $2 limit. In feed order, which is the order of their commits.
SELECT p.serial, v.id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.signature, p.ext_seq, p.log_index, st.status, st.reason AS status_reason, e.id AS extension_id,
       e.publisher, e.name, e.created_at
FROM version_position p
JOIN extension_version v ON v.id = p.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status, reason FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE p.log_index IS NULL AND p.serial > $1
ORDER BY p.serial
LIMIT $2;

-- name: lock_backfill
-- Two starting replicas must not give one version two leaves.
SELECT pg_advisory_xact_lock(hashtextextended('annex-registry-log-backfill', 0));

-- name: tree_state
SELECT size, root FROM log_state WHERE one;

-- name: leaf_hashes
-- $1 first index, $2 index after the last
SELECT string_agg(leaf_hash, ''::bytea ORDER BY idx) AS hashes FROM log_leaf WHERE idx >= $1 AND idx < $2;

-- name: subtree_hashes
-- $1 level, $2 first index, $3 index after the last
SELECT string_agg(hash, ''::bytea ORDER BY idx) AS hashes
FROM log_hash WHERE level = $1 AND idx >= $2 AND idx < $3;

-- name: entries
-- $1 first index, $2 index after the last
SELECT entry FROM log_leaf WHERE idx >= $1 AND idx < $2 ORDER BY idx;

-- name: newest_signed
-- Also one that waits for its witnesses.
SELECT size, root, note FROM log_checkpoint ORDER BY size DESC LIMIT 1;

-- name: newest_checkpoint
-- The newest one that is shown.
SELECT c.size, c.root, c.note FROM log_cosigned c WHERE c.size = (SELECT max(size) FROM log_shown);

-- name: first_checkpoint_over
-- $1 leaf index. The first one that is shown.
SELECT c.size, c.root, c.note FROM log_cosigned c
WHERE c.size = (SELECT min(size) FROM log_shown WHERE size > $1);

-- name: cosigned_checkpoint
-- $1 size. Shown or not.
SELECT size, root, note FROM log_cosigned WHERE size = $1;

-- name: add_checkpoint
-- $1 size, $2 root, $3 note, $4 signed_at.
INSERT INTO log_checkpoint(size, root, note, signed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (size) DO NOTHING;

-- name: show_checkpoint
-- $1 size, $2 shown_at. Followers hear of it.
WITH added AS (
  INSERT INTO log_shown(size, shown_at) VALUES ($1, $2)
  ON CONFLICT (size) DO NOTHING
  RETURNING size
)
SELECT pg_notify('annex_registry_log', '') FROM added;

-- name: add_cosignature
-- $1 size, $2 witness, $3 key_id, $4 cosigned_at, $5 line
INSERT INTO log_cosignature(size, witness, key_id, cosigned_at, line) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (size, witness, key_id, cosigned_at) DO NOTHING;

-- name: last_cosigned
-- $1 witness, $2 key_id. What the witness saw last, as far as was heard.
SELECT size, cosigned_at FROM log_cosignature WHERE witness = $1 AND key_id = $2
ORDER BY size DESC, cosigned_at DESC LIMIT 1;

-- name: become_signer
-- Held by the session: it ends with the connection, however that ends.
SELECT pg_try_advisory_lock(hashtextextended('annex-registry-signer', 0)) AS is_leader;
