-- name: add_status
-- $1 version_id, $2 extension_id, $3 serial, $4 status, $5 reason, $6 actor, $7 recorded_at, $8 log_index.
-- Lists of the extension's versions show the status, so their tag changes with it.
WITH added AS (
  INSERT INTO version_status(version_id, serial, status, reason, actor, recorded_at, log_index)
  VALUES ($1, $3, $4, $5, $6, $7, $8)
  RETURNING serial
)
UPDATE extension_head h SET etag_serial = added.serial FROM added WHERE h.extension_id = $2;

-- name: newest_status
-- $1 version_id
SELECT status, reason, actor, recorded_at FROM version_status
WHERE version_id = $1 ORDER BY serial DESC LIMIT 1;

-- name: status_records
-- $1 after serial, $2 limit. Only the newest fact of each version: an older one is of no use to a copy.
SELECT s.serial, s.version_id, s.status, s.reason, s.recorded_at, v.extension_id, v.version, b.content_hash,
       e.publisher, e.name
FROM version_status s
JOIN extension_version v ON v.id = s.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
WHERE s.serial > $1
  AND NOT EXISTS (SELECT FROM version_status n WHERE n.version_id = s.version_id AND n.serial > s.serial)
ORDER BY s.serial
LIMIT $2;

-- name: tenants_running
-- $1 version_id. As registry_reader.
SELECT count(DISTINCT tenant_id) FROM tenant_extension_install WHERE version_id = $1;
