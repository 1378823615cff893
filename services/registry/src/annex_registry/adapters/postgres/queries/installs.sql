-- name: next_revision
-- $1 tenant_id, $2 extension_id. The row outlives the install, so the number never falls.
INSERT INTO install_revision(tenant_id, extension_id, revision) VALUES ($1, $2, 1)
ON CONFLICT (tenant_id, extension_id) DO UPDATE SET revision = install_revision.revision + 1
RETURNING revision;

-- name: revision_of
-- $1 tenant_id, $2 extension_id
SELECT revision FROM install_revision WHERE tenant_id = $1 AND extension_id = $2;

-- name: revisions_of_tenant
-- $1 tenant_id. Every change of any install counts one of them up, also when it is gone.
SELECT coalesce(sum(revision), 0)::bigint FROM install_revision WHERE tenant_id = $1;

-- name: add_install
-- $1 id, $2 tenant_id, $3 extension_id, $4 version_id, $5 is_enabled, $6 grants, $7 denied, $8 egress,
-- $9 revision, $10 created_at, $11 last_change, $12 changed_by. No row back means the tenant has the extension already.
INSERT INTO tenant_extension_install(id, tenant_id, extension_id, version_id, is_enabled, grants, denied, egress,
                                     revision, created_at, updated_at, last_change, changed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)
ON CONFLICT (tenant_id, extension_id) DO NOTHING
RETURNING id;

-- name: add_install_config
-- $1 tenant_id, $2 install_id, $3 config, $4 effective, $5 version
INSERT INTO tenant_extension_install_config(tenant_id, install_id, config, effective, version)
VALUES ($1, $2, $3, $4, $5);

-- name: find_install
-- $1 install id, $2 tenant id
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.denied, i.egress, i.is_pinned, i.max_secret_age_days,
       i.overdue_secrets, i.limits, i.last_change, i.changed_by, i.revision, i.created_at, i.updated_at,
       c.config, c.effective, c.version AS config_version, s.envelope, s.version AS secrets_version, q.secrets,
       (b.manifest #>> '{secretRotation,maxAgeDays}')::int AS declared_max_secret_age_days, d.host AS app_domain,
       b.manifest -> 'x-annex-egress' AS declared_egress,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('name', name, 'sealed', envelope, 'set_at', set_at, 'set_by', set_by,
                                      'expires_at', expires_at, 'hosts', hosts) ORDER BY name) AS secrets
  FROM install_secret WHERE tenant_id = i.tenant_id AND install_id = i.id) q ON true
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN app_domain d ON d.tenant_id = i.tenant_id AND d.install_id = i.id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE i.tenant_id = $2 AND i.id = $1;

-- name: find_install_of_extension
-- $1 extension id, $2 tenant id
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.denied, i.egress, i.is_pinned, i.max_secret_age_days,
       i.overdue_secrets, i.limits, i.last_change, i.changed_by, i.revision, i.created_at, i.updated_at,
       c.config, c.effective, c.version AS config_version, s.envelope, s.version AS secrets_version, q.secrets,
       (b.manifest #>> '{secretRotation,maxAgeDays}')::int AS declared_max_secret_age_days, d.host AS app_domain,
       b.manifest -> 'x-annex-egress' AS declared_egress,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('name', name, 'sealed', envelope, 'set_at', set_at, 'set_by', set_by,
                                      'expires_at', expires_at, 'hosts', hosts) ORDER BY name) AS secrets
  FROM install_secret WHERE tenant_id = i.tenant_id AND install_id = i.id) q ON true
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN app_domain d ON d.tenant_id = i.tenant_id AND d.install_id = i.id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE i.tenant_id = $2 AND i.extension_id = $1;

-- name: lock_revision
-- $1 tenant_id, $2 extension_id. The lock for every change of an install, taken before the install's row.
SELECT revision FROM install_revision WHERE tenant_id = $1 AND extension_id = $2 FOR UPDATE;

-- name: page_of_installs
-- $1 after install id or null, $2 limit, $3 tenant id
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.denied, i.egress, i.is_pinned, i.max_secret_age_days,
       i.overdue_secrets, i.limits, i.last_change, i.changed_by, i.revision, i.created_at, i.updated_at,
       c.config, c.effective, c.version AS config_version, s.envelope, s.version AS secrets_version, q.secrets,
       (b.manifest #>> '{secretRotation,maxAgeDays}')::int AS declared_max_secret_age_days, d.host AS app_domain,
       b.manifest -> 'x-annex-egress' AS declared_egress,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('name', name, 'sealed', envelope, 'set_at', set_at, 'set_by', set_by,
                                      'expires_at', expires_at, 'hosts', hosts) ORDER BY name) AS secrets
  FROM install_secret WHERE tenant_id = i.tenant_id AND install_id = i.id) q ON true
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN app_domain d ON d.tenant_id = i.tenant_id AND d.install_id = i.id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE i.tenant_id = $3 AND ($1::uuid IS NULL OR i.id > $1)
ORDER BY i.id
LIMIT $2;

-- name: save_install
-- $1 id, $2 tenant_id, $3 version_id, $4 is_enabled, $5 grants, $6 denied, $7 is_pinned, $8 max_secret_age_days,
-- $9 overdue_secrets, $10 revision, $11 updated_at, $12 last_change, $13 changed_by, $14 limits or null
-- $15 egress
UPDATE tenant_extension_install
SET version_id = $3, is_enabled = $4, grants = $5, denied = $6, is_pinned = $7, max_secret_age_days = $8,
    overdue_secrets = $9, revision = $10, updated_at = $11, last_change = $12, changed_by = $13,
    limits = $14, egress = $15
WHERE tenant_id = $2 AND id = $1;

-- name: save_install_config
-- $1 tenant_id, $2 install_id, $3 config, $4 effective, $5 version
UPDATE tenant_extension_install_config SET config = $3, effective = $4, version = $5
WHERE tenant_id = $1 AND install_id = $2;

-- name: save_install_secrets
-- $1 tenant_id, $2 install_id, $3 envelope or null, $4 version
INSERT INTO tenant_extension_install_secrets(tenant_id, install_id, envelope, version)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, install_id) DO UPDATE SET envelope = excluded.envelope, version = excluded.version;

-- name: put_secret
-- $1 tenant_id, $2 install_id, $3 name, $4 envelope, $5 set_at, $6 set_by, $7 expires_at, $8 hosts
INSERT INTO install_secret(tenant_id, install_id, name, envelope, set_at, set_by, expires_at, hosts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant_id, install_id, name) DO UPDATE
SET envelope = excluded.envelope, set_at = excluded.set_at, set_by = excluded.set_by,
    expires_at = excluded.expires_at, hosts = excluded.hosts;

-- name: remove_secret
-- $1 tenant_id, $2 install_id, $3 name
DELETE FROM install_secret WHERE tenant_id = $1 AND install_id = $2 AND name = $3;

-- name: add_state
-- $1 tenant_id, $2 install_id, $3 revision, $4 extension_id, $5 version_id, $6 is_enabled, $7 is_pinned, $8 grants,
-- $9 denied, $10 config, $11 change, $12 changed_by, $13 began_at, $14 ended_at, $15 egress
INSERT INTO install_state(tenant_id, install_id, revision, extension_id, version_id, is_enabled, is_pinned, grants,
                          denied, config, change, changed_by, began_at, ended_at, egress)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: page_of_states
-- $1 tenant_id, $2 install_id, $3 before revision or null, $4 limit
SELECT h.revision, h.is_enabled, h.is_pinned, h.grants, h.denied, h.egress, h.config, h.change, h.changed_by, h.began_at,
       h.ended_at, v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes,
       b.signer, b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM install_state h
JOIN extension_version v ON v.id = h.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = h.extension_id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE h.tenant_id = $1 AND h.install_id = $2 AND ($3::bigint IS NULL OR h.revision < $3)
ORDER BY h.revision DESC
LIMIT $4;

-- name: last_state_of_other_version
-- $1 tenant_id, $2 install_id, $3 the present version_id, $4 wanted version_key or null
SELECT h.revision, h.is_enabled, h.is_pinned, h.grants, h.denied, h.egress, h.config, h.change, h.changed_by, h.began_at,
       h.ended_at, v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes,
       b.signer, b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM install_state h
JOIN extension_version v ON v.id = h.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = h.extension_id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE h.tenant_id = $1 AND h.install_id = $2 AND h.version_id <> $3
  AND ($4::text IS NULL OR v.version_key = $4)
ORDER BY h.revision DESC
LIMIT 1;

-- name: remove_install
-- $1 tenant id, $2 install id; config, secrets and earlier states go with it
DELETE FROM tenant_extension_install WHERE tenant_id = $1 AND id = $2;

-- name: installs_with_secrets
-- $1 after install id or null, $2 limit. As registry_reader.
SELECT i.tenant_id, i.id
FROM tenant_extension_install i
WHERE ($1::uuid IS NULL OR i.id > $1)
  AND (EXISTS (SELECT FROM install_secret q WHERE q.tenant_id = i.tenant_id AND q.install_id = i.id)
       OR EXISTS (SELECT FROM tenant_extension_install_secrets s
                  WHERE s.tenant_id = i.tenant_id AND s.install_id = i.id AND s.envelope IS NOT NULL))
ORDER BY i.id
LIMIT $2;

-- name: secret_counts
-- $1 now, $2 the operator's limit in days or null, $3 whether the operator withholds overdue secrets.
-- As registry_reader. The strictest of operator, extension and tenant counts, as in the domain.
SELECT CASE
         WHEN q.expires_at <= $1 THEN 'expired'
         WHEN q.set_at + make_interval(days => least(
                $2::int, i.max_secret_age_days, (b.manifest #>> '{secretRotation,maxAgeDays}')::int)) <= $1
           THEN CASE WHEN $3 OR i.overdue_secrets = 'refuse' THEN 'refused' ELSE 'overdue' END
         ELSE 'active'
       END AS status, count(*) AS secrets
FROM install_secret q
JOIN tenant_extension_install i ON i.tenant_id = q.tenant_id AND i.id = q.install_id
JOIN extension_bundle b ON b.version_id = i.version_id
GROUP BY 1;

-- name: records_of_installs
-- $1 after install id or null, $2 limit, $3 exactly this install id or null. As registry_reader.
SELECT i.id, i.tenant_id, i.extension_id, e.publisher, e.name, i.version_id, v.version, b.content_hash,
       i.is_enabled, i.revision, i.grants, i.egress, c.config, c.effective, c.version AS config_version, i.created_at,
       s.envelope, s.version AS secrets_version, q.secrets, i.max_secret_age_days, i.overdue_secrets, i.limits,
       -- Read only where it matters: a manifest may be long.
       CASE WHEN q.secrets IS NOT NULL OR s.envelope IS NOT NULL
            THEN (b.manifest #>> '{secretRotation,maxAgeDays}')::int END AS declared_max_secret_age_days,
       CASE WHEN 'cap:http.fetch' = ANY (i.grants)
            THEN b.manifest -> 'x-annex-egress' END AS declared_egress
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('name', name, 'sealed', envelope, 'set_at', set_at, 'set_by', set_by,
                                      'expires_at', expires_at, 'hosts', hosts) ORDER BY name) AS secrets
  FROM install_secret WHERE tenant_id = i.tenant_id AND install_id = i.id) q ON true
JOIN extension_registry e ON e.id = i.extension_id
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
WHERE ($1::uuid IS NULL OR i.id > $1) AND ($3::uuid IS NULL OR i.id = $3)
ORDER BY i.id
LIMIT $2;

-- name: act_for_tenant
-- $1 tenant id; ends with the transaction
SELECT set_config('app.tenant_id', $1, true);

-- name: read_whole_platform
-- ends with the transaction; the row policy asks for the role and for this
SELECT set_config('app.scope', 'platform', true);

-- name: become_reader
SET LOCAL ROLE registry_reader;
