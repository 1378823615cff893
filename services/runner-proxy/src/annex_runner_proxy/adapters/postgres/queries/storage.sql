-- name: act_for_tenant
-- $1 tenant id, $2 milliseconds one statement may take or wait for a lock; both end with the transaction
SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true),
       set_config('lock_timeout', $2, true);

-- name: lock_usage
-- $1 tenant_id, $2 install_id, $3 how many revisions are taken. The last of them comes back, and until the end of
-- the transaction nobody else writes for the install.
INSERT INTO ext_storage_usage AS u (tenant_id, install_id, last_revision) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, install_id) DO UPDATE SET last_revision = u.last_revision + $3
RETURNING last_revision, bytes_used, namespaces_count;

-- name: state_of_keys
-- $1 tenant_id, $2 install_id, $3 namespace, $4 keys. At least one row, also where there is neither; run under the
-- lock, in a statement of its own, so that it sees what was committed before the lock was had.
SELECT coalesce(n.keys_count, 0) AS namespace_keys, r.key, r.revision, r.size_bytes, r.expires_at
FROM (SELECT 1) one
LEFT JOIN ext_storage_namespaces n ON n.tenant_id = $1 AND n.install_id = $2 AND n.namespace = $3
LEFT JOIN ext_storage_records r
  ON r.tenant_id = $1 AND r.install_id = $2 AND r.namespace = $3 AND r.key = ANY($4::text[]);

-- name: put_records
-- $1 tenant_id, $2 install_id, $3 namespace, $4 keys, $5 values, $6 metadata, $7 revisions, $8 expire at, $9 now
INSERT INTO ext_storage_records AS r
  (tenant_id, install_id, namespace, key, value, metadata, revision, expires_at, updated_at)
SELECT $1, $2, $3, w.key, w.value, w.metadata, w.revision, w.expires_at, $9
FROM unnest($4::text[], $5::bytea[], $6::text[], $7::bigint[], $8::timestamptz[])
  AS w(key, value, metadata, revision, expires_at)
ON CONFLICT (tenant_id, install_id, namespace, key) DO UPDATE SET
  value = EXCLUDED.value, metadata = EXCLUDED.metadata, revision = EXCLUDED.revision,
  expires_at = EXCLUDED.expires_at, updated_at = EXCLUDED.updated_at;

-- name: delete_record
-- $1 tenant_id, $2 install_id, $3 namespace, $4 key
DELETE FROM ext_storage_records WHERE tenant_id = $1 AND install_id = $2 AND namespace = $3 AND key = $4;

-- name: count_keys
-- $1 tenant_id, $2 install_id, $3 namespace, $4 more keys
INSERT INTO ext_storage_namespaces AS n (tenant_id, install_id, namespace, keys_count) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, install_id, namespace) DO UPDATE SET keys_count = n.keys_count + $4;

-- name: count_one_key_fewer
-- $1 tenant_id, $2 install_id, $3 namespace. The last key's namespace goes with `drop_empty_namespaces`.
UPDATE ext_storage_namespaces SET keys_count = keys_count - 1
WHERE tenant_id = $1 AND install_id = $2 AND namespace = $3;

-- name: count_usage
-- $1 tenant_id, $2 install_id, $3 bytes, $4 keys, $5 namespaces; each is more or fewer
UPDATE ext_storage_usage
SET bytes_used = bytes_used + $3, keys_count = keys_count + $4, namespaces_count = namespaces_count + $5
WHERE tenant_id = $1 AND install_id = $2;

-- name: find_record
-- $1 tenant_id, $2 install_id, $3 namespace, $4 key, $5 now
SELECT key, value, metadata, revision, expires_at, updated_at FROM ext_storage_records
WHERE tenant_id = $1 AND install_id = $2 AND namespace = $3 AND key = $4
  AND (expires_at IS NULL OR expires_at > $5);

-- name: page_of_records
-- $1 tenant_id, $2 install_id, $3 namespace, $4 prefix, $5 after this key, $6 limit, $7 now, $8 with values
SELECT key, CASE WHEN $8 THEN value ELSE ''::bytea END AS value, metadata, revision, expires_at, updated_at
FROM ext_storage_records
WHERE tenant_id = $1 AND install_id = $2 AND namespace = $3 AND starts_with(key, $4) AND key >= $4 AND key > $5
  AND (expires_at IS NULL OR expires_at > $7)
ORDER BY key
LIMIT $6;

-- name: usage_of_install
-- $1 tenant_id, $2 install_id
SELECT bytes_used, keys_count, namespaces_count FROM ext_storage_usage WHERE tenant_id = $1 AND install_id = $2;

-- name: remove_expired
-- $1 tenant_id, $2 install_id, $3 now, $4 at most. Under the lock; the counters follow in the same statement, and
-- `drop_empty_namespaces` comes after it.
WITH chosen AS (
  SELECT namespace, key FROM ext_storage_records
  WHERE tenant_id = $1 AND install_id = $2 AND expires_at <= $3
  ORDER BY expires_at LIMIT $4
), gone AS (
  DELETE FROM ext_storage_records r USING chosen c
  WHERE r.tenant_id = $1 AND r.install_id = $2 AND r.namespace = c.namespace AND r.key = c.key
  RETURNING r.namespace, r.size_bytes
), fewer AS (
  UPDATE ext_storage_namespaces n SET keys_count = n.keys_count - g.keys
  FROM (SELECT namespace, count(*)::int AS keys FROM gone GROUP BY namespace) g
  WHERE n.tenant_id = $1 AND n.install_id = $2 AND n.namespace = g.namespace
  RETURNING n.keys_count
), total AS (
  SELECT count(*)::bigint AS keys, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM gone
)
UPDATE ext_storage_usage u
SET bytes_used = u.bytes_used - t.bytes, keys_count = u.keys_count - t.keys,
    namespaces_count = u.namespaces_count - (SELECT count(*)::int FROM fewer WHERE keys_count = 0)
FROM total t
WHERE u.tenant_id = $1 AND u.install_id = $2
RETURNING t.keys AS removed, u.bytes_used, u.namespaces_count;

-- name: drop_empty_namespaces
-- $1 tenant_id, $2 install_id
DELETE FROM ext_storage_namespaces WHERE tenant_id = $1 AND install_id = $2 AND keys_count = 0;

-- name: become_reader
SET LOCAL ROLE runner_proxy_reader;

-- name: read_whole_platform
-- ends with the transaction; the row policy asks for the role and for this
SELECT set_config('app.scope', 'platform', true);

-- name: installs_with_expired
-- $1 now, $2 how many records are looked at, the longest expired first
SELECT DISTINCT tenant_id, install_id FROM (
  SELECT tenant_id, install_id FROM ext_storage_records WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) expired;

-- name: page_of_usages
-- $1 after this tenant_id, $2 and install_id, $3 limit
SELECT tenant_id, install_id, gone_since FROM ext_storage_usage
WHERE (tenant_id, install_id) > ($1, $2) ORDER BY tenant_id, install_id LIMIT $3;

-- name: claim_usage
-- $1 tenant_id, $2 install_id. No row back: it is being written to, or swept by another replica.
SELECT gone_since FROM ext_storage_usage WHERE tenant_id = $1 AND install_id = $2 FOR UPDATE SKIP LOCKED;

-- name: note_gone
-- $1 tenant_id, $2 install_id, $3 since when, null where the install is there; the first time is kept
UPDATE ext_storage_usage
SET gone_since = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE coalesce(gone_since, $3) END
WHERE tenant_id = $1 AND install_id = $2;

-- name: purge_records
-- $1 tenant_id, $2 install_id, $3 at most. Under the claim; the counters are those of an install that is gone, and
-- are removed with the last record.
WITH chosen AS (
  SELECT namespace, key FROM ext_storage_records WHERE tenant_id = $1 AND install_id = $2
  ORDER BY namespace, key LIMIT $3
), gone AS (
  DELETE FROM ext_storage_records r USING chosen c
  WHERE r.tenant_id = $1 AND r.install_id = $2 AND r.namespace = c.namespace AND r.key = c.key
  RETURNING 1
)
SELECT count(*) AS removed FROM gone;

-- name: drop_namespaces
-- $1 tenant_id, $2 install_id
DELETE FROM ext_storage_namespaces WHERE tenant_id = $1 AND install_id = $2;

-- name: drop_usage
-- $1 tenant_id, $2 install_id
DELETE FROM ext_storage_usage WHERE tenant_id = $1 AND install_id = $2;
