-- name: claim_version
-- $1 id, $2 extension_id, $3 version, $4 runtime, $5 capabilities, $6 ui_entry, $7 has_handler,
-- $8 published_by, $9 published_at. No row back means the number is spent.
INSERT INTO extension_version(id, extension_id, version, runtime, capabilities, ui_entry, has_handler,
                              published_by, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (extension_id, version_key) DO NOTHING
RETURNING id;

-- name: add_bundle
-- $1 version_id, $2 content_hash, $3 size_bytes, $4 manifest, $5 signature, $6 signer, $7 bundle_count,
-- $8 imported_at or null, $9 signer_certificate
INSERT INTO extension_bundle(version_id, content_hash, size_bytes, manifest, signature, signer, bundle_count,
                             imported_at, signer_certificate)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: add_trusted_actor
-- $1 version_id, $2 trusted_publisher_id, $3 issuer, $4 subject, $5 claims
INSERT INTO version_trusted_actor(version_id, trusted_publisher_id, issuer, subject, claims)
VALUES ($1, $2, $3, $4, $5);

-- name: add_endpoints
-- $1 version_id, $2 methods, $3 paths, $4 handlers
INSERT INTO extension_api_endpoint(version_id, position, method, path, handler)
SELECT $1, e.position, e.method, e.path, e.handler
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS e(method, path, handler, position);

-- name: lock_head
-- $1 extension_id. Held to the end of the transaction: it orders the extension's publications.
SELECT next_ext_seq FROM extension_head WHERE extension_id = $1 FOR UPDATE;

-- name: place_version
-- $1 version_id, $2 extension_id, $3 ext_seq, $4 serial, $5 log_index
WITH placed AS (
  INSERT INTO version_position(version_id, extension_id, ext_seq, serial, log_index)
  VALUES ($1, $2, $3, $4, $5)
  RETURNING extension_id, ext_seq, serial
)
UPDATE extension_head h
SET next_ext_seq = placed.ext_seq + 1, etag_serial = placed.serial
FROM placed WHERE h.extension_id = placed.extension_id;

-- name: holder_of_number
-- $1 extension_id, $2 version_key
SELECT v.id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at
FROM extension_version v
JOIN extension_registry e ON e.id = v.extension_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN version_position p ON p.version_id = v.id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE v.extension_id = $1 AND v.version_key = $2;

-- name: highest_patch
-- $1 extension_id, $2 "major.minor." which holds no pattern letter
SELECT max(split_part(version_key, '.', 3)::numeric)::text AS patch
FROM extension_version
WHERE extension_id = $1 AND starts_with(version_key, $2) AND version_key ~ '^[0-9]+\.[0-9]+\.[0-9]+$';

-- name: page_of_versions
-- $1 extension_id, $2 before ext_seq or null, $3 limit. Newest first in commit order.
SELECT v.id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at
FROM version_position p
JOIN extension_version v ON v.id = p.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE p.extension_id = $1 AND ($2::int IS NULL OR p.ext_seq < $2)
ORDER BY p.ext_seq DESC
LIMIT $3;

-- name: newest_installable
-- $1 extension_id. Yanked and blocked versions take no new installs.
SELECT v.id, v.version, v.published_at, v.capabilities, b.content_hash, b.size_bytes, b.signer,
       b.bundle_count, b.imported_at,
       p.ext_seq, p.log_index, st.status, st.reason AS status_reason,
       st.log_index AS status_log_index, e.id AS extension_id,
       e.publisher, e.name, e.created_at
FROM version_position p
JOIN extension_version v ON v.id = p.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status, reason, log_index FROM version_status WHERE version_id = v.id
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE p.extension_id = $1 AND (st.status IS NULL OR st.status NOT IN ('yanked', 'blocked'))
ORDER BY p.ext_seq DESC
LIMIT 1;

-- name: etag_serial
-- $1 extension_id
SELECT etag_serial FROM extension_head WHERE extension_id = $1;

-- name: contents_of_version
-- $1 version_id
SELECT b.manifest, b.signature, b.signer, b.signer_certificate, a.trusted_publisher_id, a.issuer, a.subject,
       a.claims
FROM extension_bundle b
LEFT JOIN version_trusted_actor a ON a.version_id = b.version_id
WHERE b.version_id = $1;

-- name: stored_bundle
-- $1 content_hash, $2 extension_id or null. Blocked only when every version with these bytes is.
SELECT max(b.size_bytes) AS size_bytes, bool_and(st.status IS NOT DISTINCT FROM 'blocked') AS is_blocked
FROM extension_bundle b
JOIN extension_version v ON v.id = b.version_id
LEFT JOIN LATERAL (SELECT status FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE b.content_hash = $1 AND ($2::uuid IS NULL OR v.extension_id = $2)
HAVING count(*) > 0;

-- name: version_records
-- $1 after serial, $2 limit, $3 the serial of the state: what was said of versions after it is left out
SELECT p.serial, v.id, v.extension_id, e.publisher, e.name, v.version, b.content_hash, b.size_bytes,
       v.published_at, b.signer, v.capabilities, v.ui_entry, v.has_handler, st.status,
       CASE jsonb_typeof(b.manifest->'events') WHEN 'array' THEN b.manifest->'events' END AS events,
       CASE jsonb_typeof(b.manifest #> '{ui,hooks,clientPortalMenu,label}')
         WHEN 'string' THEN b.manifest #>> '{ui,hooks,clientPortalMenu,label}' END AS client_portal_label
FROM version_position p
JOIN extension_version v ON v.id = p.version_id
JOIN extension_bundle b ON b.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status FROM version_status WHERE version_id = v.id AND serial <= $3
                   ORDER BY serial DESC LIMIT 1) st ON true
WHERE p.serial > $1 AND p.serial <= $3
ORDER BY p.serial
LIMIT $2;

-- name: version_records_of_hash
-- $1 content_hash
SELECT p.serial, v.id, v.extension_id, e.publisher, e.name, v.version, b.content_hash, b.size_bytes,
       v.published_at, b.signer, v.capabilities, v.ui_entry, v.has_handler, st.status,
       CASE jsonb_typeof(b.manifest->'events') WHEN 'array' THEN b.manifest->'events' END AS events,
       CASE jsonb_typeof(b.manifest #> '{ui,hooks,clientPortalMenu,label}')
         WHEN 'string' THEN b.manifest #>> '{ui,hooks,clientPortalMenu,label}' END AS client_portal_label
FROM extension_bundle b
JOIN extension_version v ON v.id = b.version_id
JOIN version_position p ON p.version_id = v.id
JOIN extension_registry e ON e.id = v.extension_id
LEFT JOIN LATERAL (SELECT status FROM version_status WHERE version_id = v.id ORDER BY serial DESC
                   LIMIT 1) st ON true
WHERE b.content_hash = $1
ORDER BY p.serial;

-- name: endpoints_of_versions
-- $1 version ids
SELECT version_id, method, path, handler
FROM extension_api_endpoint WHERE version_id = ANY($1::uuid[])
ORDER BY version_id, position;

-- name: hold_blob
-- $1 content hash in hex. Shared by all who publish these bytes; waits for a sweeper that has claimed them.
SELECT pg_advisory_xact_lock_shared(hashtextextended($1::text, 7302));

-- name: claim_blob
-- $1 content hash in hex. False while somebody publishes these bytes.
SELECT pg_try_advisory_xact_lock(hashtextextended($1::text, 7302)) AS claimed;

-- name: blob_is_recorded
-- $1 content_hash. Every table whose rows need a blob has its line here, or its blobs are swept.
SELECT EXISTS (SELECT FROM extension_bundle WHERE content_hash = $1)
    OR EXISTS (SELECT FROM imported_bundle WHERE content_hash = $1) AS recorded;
