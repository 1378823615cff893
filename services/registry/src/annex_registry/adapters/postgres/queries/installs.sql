-- name: next_revision
-- $1 tenant_id, $2 extension_id. The row outlives the install, so the number never falls.
INSERT INTO install_revision(tenant_id, extension_id, revision) VALUES ($1, $2, 1)
ON CONFLICT (tenant_id, extension_id) DO UPDATE SET revision = install_revision.revision + 1
RETURNING revision;

-- name: revision_of
-- $1 tenant_id, $2 extension_id
SELECT revision FROM install_revision WHERE tenant_id = $1 AND extension_id = $2;

-- name: add_install
-- $1 id, $2 tenant_id, $3 extension_id, $4 version_id, $5 is_enabled, $6 grants, $7 revision, $8 created_at.
-- No row back means the tenant has the extension already.
INSERT INTO tenant_extension_install(id, tenant_id, extension_id, version_id, is_enabled, grants, revision,
                                     created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (tenant_id, extension_id) DO NOTHING
RETURNING id;

-- name: add_install_config
-- $1 tenant_id, $2 install_id, $3 config, $4 version
INSERT INTO tenant_extension_install_config(tenant_id, install_id, config, version) VALUES ($1, $2, $3, $4);

-- name: find_install
-- $1 install id
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.revision, i.created_at, i.updated_at,
       c.config, c.version AS config_version, s.envelope, s.version AS secrets_version,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN LATERAL (SELECT status, reason FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE i.id = $1;

-- name: find_install_of_extension
-- $1 extension id
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.revision, i.created_at, i.updated_at,
       c.config, c.version AS config_version, s.envelope, s.version AS secrets_version,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN LATERAL (SELECT status, reason FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE i.extension_id = $1;

-- name: lock_revision
-- $1 tenant_id, $2 extension_id. The lock for every change of an install, taken before the install's row.
SELECT revision FROM install_revision WHERE tenant_id = $1 AND extension_id = $2 FOR UPDATE;

-- name: page_of_installs
-- $1 after install id or null, $2 limit
SELECT i.id, i.tenant_id, i.is_enabled, i.grants, i.revision, i.created_at, i.updated_at,
       c.config, c.version AS config_version, s.envelope, s.version AS secrets_version,
       v.id AS version_id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason, e.id AS extension_id,
       e.publisher, e.name, e.created_at AS extension_created_at
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
JOIN extension_version v ON v.id = i.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = i.extension_id
LEFT JOIN LATERAL (SELECT status, reason FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE $1::uuid IS NULL OR i.id > $1
ORDER BY i.id
LIMIT $2;

-- name: save_install
-- $1 id, $2 version_id, $3 is_enabled, $4 grants, $5 revision, $6 updated_at
UPDATE tenant_extension_install
SET version_id = $2, is_enabled = $3, grants = $4, revision = $5, updated_at = $6
WHERE id = $1;

-- name: save_install_config
-- $1 install_id, $2 config, $3 version
UPDATE tenant_extension_install_config SET config = $2, version = $3 WHERE install_id = $1;

-- name: save_install_secrets
-- $1 tenant_id, $2 install_id, $3 envelope or null, $4 version
INSERT INTO tenant_extension_install_secrets(tenant_id, install_id, envelope, version)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, install_id) DO UPDATE SET envelope = excluded.envelope, version = excluded.version;

-- name: remove_install
-- $1 install id; config and secrets go with it
DELETE FROM tenant_extension_install WHERE id = $1;

-- name: records_of_installs
-- $1 after install id or null, $2 limit, $3 exactly this install id or null. As registry_reader.
SELECT i.id, i.tenant_id, i.extension_id, e.publisher, e.name, i.version_id, v.version, b.content_hash,
       i.is_enabled, i.revision, i.grants, c.config, c.version AS config_version,
       s.envelope, s.version AS secrets_version
FROM tenant_extension_install i
JOIN tenant_extension_install_config c ON c.tenant_id = i.tenant_id AND c.install_id = i.id
LEFT JOIN tenant_extension_install_secrets s ON s.tenant_id = i.tenant_id AND s.install_id = i.id
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
