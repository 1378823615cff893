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
       b.bundle_count, b.imported_at,
       b.signature, p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at
FROM version_position p
JOIN extension_version v ON v.id = p.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE p.log_index IS NULL AND p.serial > $1
ORDER BY p.serial
LIMIT $2;

-- name: add_late_status_leaf
-- $1 serial, $2 log_index. The trigger lets it be set once.
UPDATE version_status SET log_index = $2 WHERE serial = $1;

-- name: statuses_without_leaf
-- $1 extension_id or null for all, $2 the last serial of interest or null, $3 limit. In feed order.
SELECT s.serial, s.status, s.reason, s.recorded_at, v.version, e.id AS extension_id, e.publisher, e.name,
       e.created_at
FROM version_status s
JOIN extension_version v ON v.id = s.version_id
JOIN extension_registry e ON e.id = v.extension_id
WHERE s.log_index IS NULL AND ($1::uuid IS NULL OR v.extension_id = $1)
  AND ($2::bigint IS NULL OR s.serial <= $2)
ORDER BY s.serial
LIMIT $3;

-- name: add_publisher_head
-- $1 publisher
INSERT INTO publisher_head(publisher) VALUES ($1) ON CONFLICT (publisher) DO NOTHING;

-- name: publisher_chain_head
-- $1 publisher. Held to the end of the transaction: it orders the publisher's leaves.
SELECT next_log_seq, last_leaf_hash FROM publisher_head WHERE publisher = $1 FOR UPDATE;

-- name: append_publisher_leaf
-- $1 publisher, $2 entry. Takes the log's lock until the transaction ends.
WITH appended AS (
  SELECT leaf_index, leaf_hash FROM log_append($2)
)
UPDATE publisher_head h
SET next_log_seq = h.next_log_seq + 1, last_leaf_hash = appended.leaf_hash
FROM appended WHERE h.publisher = $1
RETURNING appended.leaf_index;

-- name: add_key_leaf
-- $1 publisher, $2 key_id, $3 change, $4 log_index
INSERT INTO publisher_key_leaf(publisher, key_id, change, log_index) VALUES ($1, $2, $3, $4);

-- name: keys_without_leaf
-- $1 publisher or null for all, $2 the last moment of interest or null, $3 limit. In order of time.
SELECT k.publisher, k.key_id, c.change, c.at
FROM publisher_key k
CROSS JOIN LATERAL (VALUES ('added', k.added_at), ('revoked', k.revoked_at)) AS c(change, at)
WHERE c.at IS NOT NULL AND ($1::text IS NULL OR k.publisher = $1) AND ($2::timestamptz IS NULL OR c.at <= $2)
  AND NOT EXISTS (SELECT FROM publisher_key_leaf l
                  WHERE l.publisher = k.publisher AND l.key_id = k.key_id AND l.change = c.change)
ORDER BY c.at, c.change, k.key_id
LIMIT $3;

-- name: has_facts_without_leaf
SELECT EXISTS (SELECT FROM version_position WHERE log_index IS NULL)
  OR EXISTS (SELECT FROM version_status WHERE log_index IS NULL)
  OR EXISTS (SELECT FROM publisher_key k
             WHERE NOT EXISTS (SELECT FROM publisher_key_leaf l WHERE l.publisher = k.publisher
                               AND l.key_id = k.key_id AND l.change = 'added')
                OR (k.revoked_at IS NOT NULL
                    AND NOT EXISTS (SELECT FROM publisher_key_leaf l WHERE l.publisher = k.publisher
                                    AND l.key_id = k.key_id AND l.change = 'revoked'))) AS has_facts;

-- name: declare_checked
-- Held by the session that has compared this very database with the fence, and ends with it. A database that
-- is restored or failed over to has no such session.
SELECT pg_advisory_lock(hashtextextended('annex-registry-log-checked', 0));

-- name: is_checked
-- The lock cannot be had while the signer holds it; whoever gets it instead gives up its transaction.
SELECT NOT pg_try_advisory_xact_lock_shared(hashtextextended('annex-registry-log-checked', 0)) AS is_checked;

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
