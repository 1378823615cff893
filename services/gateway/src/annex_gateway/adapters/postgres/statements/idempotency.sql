-- Idempotency keys. The database's clock decides, so gateways whose clocks disagree judge alike.

-- name: claim_key
-- $1 tenant, $2 install, $3 key hash, $4 fingerprint, $5 attempt, $6 seconds of the lock, $7 seconds to keep,
-- $8 whether an unfinished run whose lock has ended is taken over. No row back: the key is somebody's.
INSERT INTO idempotency_record AS r (
    tenant_id, install_id, key_hash, fingerprint, attempt, state, locked_until, expires_at
) VALUES (
    $1, $2, $3, $4, $5, 'running', now() + $6 * interval '1 second', now() + $7 * interval '1 second'
)
ON CONFLICT (tenant_id, install_id, key_hash) DO UPDATE
SET fingerprint = excluded.fingerprint, attempt = excluded.attempt, state = 'running',
    locked_until = excluded.locked_until, expires_at = excluded.expires_at, status = NULL, sealed = NULL,
    effects = NULL, execution_id = NULL, is_problem = false
WHERE (r.expires_at <= now() AND r.locked_until <= now())
OR ($8 AND r.state <> 'done' AND r.locked_until <= now() AND r.fingerprint = excluded.fingerprint)
RETURNING attempt;

-- name: find_key
-- $1 tenant, $2 install, $3 key hash
SELECT attempt, fingerprint, state, extract(EPOCH FROM locked_until - now())::float8 AS left_seconds, status,
    sealed, effects, execution_id, is_problem
FROM idempotency_record
WHERE tenant_id = $1 AND install_id = $2 AND key_hash = $3;

-- name: keep_answer
-- $1 tenant, $2 install, $3 key hash, $4 attempt, $5 seconds to keep, $6 status, $7 sealed or null, $8 effects,
-- $9 execution id or null, $10 is problem
UPDATE idempotency_record
SET state = 'done', expires_at = now() + $5 * interval '1 second', status = $6, sealed = $7, effects = $8,
    execution_id = $9, is_problem = $10
WHERE tenant_id = $1 AND install_id = $2 AND key_hash = $3 AND attempt = $4 AND state = 'running';

-- name: forget_key
-- $1 tenant, $2 install, $3 key hash, $4 attempt
DELETE FROM idempotency_record
WHERE tenant_id = $1 AND install_id = $2 AND key_hash = $3 AND attempt = $4 AND state = 'running';

-- name: lose_outcome
-- $1 tenant, $2 install, $3 key hash, $4 attempt
UPDATE idempotency_record SET state = 'unknown'
WHERE tenant_id = $1 AND install_id = $2 AND key_hash = $3 AND attempt = $4 AND state = 'running';

-- name: sweep_keys
-- $1 limit
DELETE FROM idempotency_record
WHERE (tenant_id, install_id, key_hash) IN (
    SELECT tenant_id, install_id, key_hash FROM idempotency_record
    WHERE expires_at <= now() AND locked_until <= now()
    LIMIT $1
    FOR UPDATE SKIP LOCKED
);
