-- name: act_for_tenant
-- $1 tenant id as text; ends with the transaction
SELECT set_config('app.tenant_id', $1, true);

-- name: become_dispatcher
SET LOCAL ROLE runner_proxy_dispatcher;

-- name: act_for_platform
SELECT set_config('app.scope', 'platform', true);

-- name: change_one_at_a_time
-- $1 install id. Held to the end of the transaction, so that counting and adding agree.
SELECT pg_advisory_xact_lock(hashtextextended('annex-schedules-' || $1::uuid::text, 0));

-- name: draw_from_rate
-- $1 tenant, $2 subject, $3 action, $4 now, $5 limit. No row back: the limit of this minute is reached.
INSERT INTO extension_rate_window AS w (tenant_id, subject, action, minute, used)
VALUES ($1, $2, $3, date_trunc('minute', $4::timestamptz), 1)
ON CONFLICT (tenant_id, subject, action) DO UPDATE
SET used = CASE WHEN w.minute = excluded.minute THEN w.used + 1 ELSE 1 END, minute = excluded.minute
WHERE w.minute <> excluded.minute OR w.used < $5
RETURNING w.used;

-- name: count_schedules
-- $1 tenant, $2 install
SELECT count(*) FROM tenant_extension_schedule WHERE tenant_id = $1 AND install_id = $2;

-- name: add_schedule
-- $1 tenant, $2 id, $3 install, $4 method, $5 path, $6 name, $7 cron, $8 timezone, $9 enabled, $10 payload,
-- $11 next run, $12 now. No row back: the name is taken.
INSERT INTO tenant_extension_schedule(tenant_id, id, install_id, method, path, name, cron, timezone, is_enabled,
  payload, next_run_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
ON CONFLICT (tenant_id, install_id, name) WHERE name IS NOT NULL DO NOTHING
RETURNING id;

-- name: save_schedule
-- $1 tenant, $2 id, $3 method, $4 path, $5 name, $6 cron, $7 timezone, $8 enabled, $9 payload, $10 next run,
-- $11 now. What a person saves is no longer paused by us.
UPDATE tenant_extension_schedule
SET method = $3, path = $4, name = $5, cron = $6, timezone = $7, is_enabled = $8, payload = $9,
    next_run_at = $10, updated_at = $11, paused_reason = NULL, failures_in_a_row = 0
WHERE tenant_id = $1 AND id = $2;

-- name: delete_schedule
-- $1 tenant, $2 install, $3 id
DELETE FROM tenant_extension_schedule WHERE tenant_id = $1 AND install_id = $2 AND id = $3 RETURNING id;

-- name: cancel_waiting_runs
-- $1 tenant, $2 install, $3 lane, $4 now
UPDATE extension_dispatch
SET state = 'skipped', next_attempt_at = NULL, finished_at = $4, error_code = 'SCHEDULE_DELETED',
    error = 'The schedule was deleted before the run began.'
WHERE tenant_id = $1 AND install_id = $2 AND kind = 'schedule' AND lane = $3 AND state = 'waiting';

-- name: schedules
-- $1 tenant, $2 install, $3 id or null for all
SELECT id, tenant_id, install_id, method, path, name, cron, timezone, is_enabled, paused_reason, payload,
       next_run_at, failures_in_a_row, last_run_at, last_run_status, last_error, created_at, updated_at
FROM tenant_extension_schedule
WHERE tenant_id = $1 AND install_id = $2 AND ($3::uuid IS NULL OR id = $3)
ORDER BY created_at, id;

-- name: due_schedules
-- $1 now, $2 limit
SELECT id, tenant_id, install_id, method, path, name, cron, timezone, is_enabled, paused_reason, payload,
       next_run_at, failures_in_a_row, last_run_at, last_run_status, last_error, created_at, updated_at
FROM tenant_extension_schedule
WHERE next_run_at <= $1
ORDER BY next_run_at
LIMIT $2;

-- name: advance_schedule
-- $1 tenant, $2 id, $3 the time it was due, $4 its next time. No row back: another replica was faster.
UPDATE tenant_extension_schedule SET next_run_at = $4
WHERE tenant_id = $1 AND id = $2 AND next_run_at = $3
RETURNING id;

-- name: pause_schedule
-- $1 tenant, $2 id, $3 reason, $4 now
UPDATE tenant_extension_schedule
SET is_enabled = false, next_run_at = NULL, paused_reason = $3, last_error = $3, updated_at = $4
WHERE tenant_id = $1 AND id = $2 AND is_enabled;

-- name: note_run
-- $1 tenant, $2 id, $3 run at, $4 status, $5 error, $6 whether it failed. The failures in a row come back.
UPDATE tenant_extension_schedule
SET last_run_at = $3, last_run_status = $4, last_error = $5,
    failures_in_a_row = CASE WHEN $6 THEN failures_in_a_row + 1 ELSE 0 END
WHERE tenant_id = $1 AND id = $2
RETURNING failures_in_a_row;
