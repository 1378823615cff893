-- name: add_run
-- $1 tenant, $2 id, $3 install, $4 lane, $5 cause, $6 method, $7 path, $8 body, $9 due, $10 now.
-- No row back: a run of the schedule has not ended.
INSERT INTO extension_dispatch(tenant_id, id, install_id, kind, lane, cause, method, path, body, due_at, state,
  next_attempt_at, created_at)
VALUES ($1, $2, $3, 'schedule', $4, $5, $6, $7, $8, $9, 'waiting', $10, $10)
ON CONFLICT (tenant_id, install_id, lane) WHERE kind = 'schedule' AND state IN ('waiting', 'running') DO NOTHING
RETURNING id;

-- name: add_skipped_run
-- $1 tenant, $2 id, $3 install, $4 lane, $5 method, $6 path, $7 due, $8 now
INSERT INTO extension_dispatch(tenant_id, id, install_id, kind, lane, cause, method, path, due_at, state,
  error_code, error, created_at, finished_at)
VALUES ($1, $2, $3, 'schedule', $4, 'clock', $5, $6, $7, 'skipped', 'SCHEDULE_STILL_RUNNING',
        'The run before had not ended.', $8, $8);

-- name: claim
-- $1 now, $2 owner, $3 lease until. A lease that ran out is taken over; the attempt it was for is charged.
WITH picked AS (
  SELECT d.tenant_id, d.id
  FROM extension_dispatch d
  WHERE ((d.state = 'waiting' AND d.next_attempt_at <= $1) OR (d.state = 'running' AND d.lease_until < $1))
    AND (d.kind = 'schedule' OR (
      NOT EXISTS (
        SELECT FROM extension_dispatch e
        WHERE e.tenant_id = d.tenant_id AND e.install_id = d.install_id AND e.kind = 'event'
          AND e.lane = d.lane AND e.state IN ('waiting', 'running') AND e.position < d.position)
      AND NOT EXISTS (
        SELECT FROM extension_dispatch r
        WHERE r.tenant_id = d.tenant_id AND r.install_id = d.install_id AND r.kind = 'event'
          AND r.state = 'running' AND r.id <> d.id)))
  ORDER BY coalesce(d.next_attempt_at, d.lease_until), d.position
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE extension_dispatch d
SET state = 'running', lease_owner = $2, lease_until = $3, fence = d.fence + 1, attempts = d.attempts + 1,
    charged = d.charged + (d.state = 'running')::integer, next_attempt_at = NULL
FROM picked
WHERE d.tenant_id = picked.tenant_id AND d.id = picked.id
RETURNING d.tenant_id, d.id, d.install_id, d.kind, d.lane, d.cause, d.event_id, d.method, d.path, d.body, d.due_at,
          d.created_at, d.fence, d.attempts, d.charged;

-- name: note_lost_attempts
-- $1 tenant, $2 dispatch, $3 now
UPDATE extension_dispatch_attempt
SET outcome = 'lost', finished_at = $3, error_code = 'ATTEMPT_LOST', error = 'Nobody heard how it ended.'
WHERE tenant_id = $1 AND dispatch_id = $2 AND outcome = 'running';

-- name: begin_attempt
-- $1 tenant, $2 dispatch, $3 number, $4 now
INSERT INTO extension_dispatch_attempt(tenant_id, dispatch_id, number, started_at, outcome)
VALUES ($1, $2, $3, $4, 'running');

-- name: settle
-- $1 tenant, $2 id, $3 fence, $4 state, $5 next attempt, $6 charge, $7 status, $8 error code, $9 error, $10 now.
-- No row back: the lease is somebody else's by now, or the install is gone.
UPDATE extension_dispatch
SET state = $4, next_attempt_at = $5, charged = charged + $6, status = $7, error_code = $8, error = $9,
    lease_owner = NULL, lease_until = NULL, finished_at = CASE WHEN $4 = 'waiting' THEN NULL ELSE $10::timestamptz END
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
RETURNING id;

-- name: end_attempt
-- $1 tenant, $2 dispatch, $3 number, $4 outcome, $5 status, $6 error code, $7 error, $8 execution, $9 now
UPDATE extension_dispatch_attempt
SET outcome = $4, status = $5, error_code = $6, error = $7, execution_id = $8, finished_at = $9
WHERE tenant_id = $1 AND dispatch_id = $2 AND number = $3;

-- name: history
-- $1 tenant, $2 install, $3 kind, $4 lane or null, $5 state or null, $6 before position or null, $7 limit
SELECT d.id, d.install_id, d.kind, d.lane, d.cause, d.event_id, d.position, d.due_at, d.state, d.attempts, d.status,
       d.error_code, d.error, d.next_attempt_at, d.created_at, d.finished_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('number', a.number, 'started_at', a.started_at,
                  'finished_at', a.finished_at, 'outcome', a.outcome, 'status', a.status,
                  'error_code', a.error_code, 'error', a.error, 'execution_id', a.execution_id)
                  ORDER BY a.number)
                 FROM extension_dispatch_attempt a
                 WHERE a.tenant_id = d.tenant_id AND a.dispatch_id = d.id), '[]'::jsonb) AS attempt_list
FROM extension_dispatch d
WHERE d.tenant_id = $1 AND d.install_id = $2 AND d.kind = $3 AND ($4::text IS NULL OR d.lane = $4)
  AND ($5::text IS NULL OR d.state = $5) AND ($6::bigint IS NULL OR d.position < $6)
ORDER BY d.position DESC
LIMIT $7;

-- name: replay_delivery
-- $1 tenant, $2 install, $3 id, $4 now. No row back: there is no such dead delivery.
UPDATE extension_dispatch
SET state = 'waiting', next_attempt_at = $4, charged = 0, created_at = $4, finished_at = NULL, status = NULL,
    error_code = NULL, error = NULL
WHERE tenant_id = $1 AND install_id = $2 AND id = $3 AND kind = 'event' AND state = 'dead'
RETURNING id;

-- name: forget_finished
-- $1 before, $2 limit
DELETE FROM extension_dispatch
WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM extension_dispatch WHERE finished_at < $1 LIMIT $2);

-- name: forget_rates
-- $1 before
DELETE FROM extension_rate_window WHERE minute < $1;

-- name: forget_sent
-- $1 before
DELETE FROM extension_event_outbox WHERE sent_at < $1;

-- name: known_installs
-- Every install something is kept for.
SELECT tenant_id, install_id FROM tenant_extension_schedule
UNION SELECT tenant_id, install_id FROM extension_subscription_revision
UNION SELECT tenant_id, install_id FROM extension_dispatch;

-- name: forget_schedules_of
-- $1 install
DELETE FROM tenant_extension_schedule WHERE install_id = $1;

-- name: forget_subscriptions_of
-- $1 install
DELETE FROM extension_event_subscription WHERE install_id = $1;

-- name: forget_revision_of
-- $1 install
DELETE FROM extension_subscription_revision WHERE install_id = $1;

-- name: forget_dispatches_of
-- $1 install
DELETE FROM extension_dispatch WHERE install_id = $1;

-- name: waiting_by_kind
-- $1 now. How many wait, and for how many seconds the one that is due for longest has been due.
SELECT kind, count(*) AS waiting,
       greatest(extract(epoch FROM $1::timestamptz - min(next_attempt_at)), 0) AS oldest_due_seconds
FROM extension_dispatch
WHERE state = 'waiting'
GROUP BY kind;

-- name: dead_and_paused
SELECT (SELECT count(*) FROM extension_dispatch WHERE state = 'dead') AS dead,
       (SELECT count(*) FROM tenant_extension_schedule WHERE paused_reason IS NOT NULL) AS paused;
