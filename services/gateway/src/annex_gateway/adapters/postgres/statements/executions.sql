-- Records of executions. The first three need a session of the ledger, the others a transaction's tenant.

-- name: keep_execution_log
-- $1 days to keep. Makes the partitions of these days and drops old ones; says how many went.
SELECT gateway.keep_execution_log($1);

-- name: add_executions
-- One array for each column, in the order of the columns; $31 counts a run as one invocation or as none, $32 is its
-- memory over time, $33 and $34 the limit that ended it. Writing a row again changes nothing and counts nothing, so a commit whose outcome is not known
-- is repeated. Returns the use of the days that grew.
WITH given AS (
    SELECT * FROM unnest(
        $1::uuid [], $2::uuid [], $3::timestamptz [], $4::timestamptz [], $5::uuid [], $6::uuid [], $7::uuid [],
        $8::text [], $9::text [], $10::text [], $11::text [], $12::text [], $13::text [], $14::text [],
        $15::text [], $16::text [], $17::text [], $18::smallint [], $19::double precision [], $20::uuid [],
        $21::double precision [], $22::bigint [], $23::bigint [], $24::integer [], $25::integer [],
        $26::bigint [], $27::integer [], $28::text [], $29::text [], $30::integer [], $31::integer [],
        $32::double precision [], $33::text [], $34::bigint []
    ) AS g (
        tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id,
        content_hash, request_id, trace_id, trigger, principal_id, method, endpoint,
        status, policy, code, http_status, duration_ms, runner_execution_id,
        cpu_ms, memory_bytes, fuel, host_calls, subrequests,
        egress_bytes, effects, schedule_id, event_id, attempt,
        invocations, mem_mb_ms, limit_kind, limit_value
    )
),

kept AS (
    INSERT INTO extension_execution_log AS held (
        tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id, content_hash,
        request_id, trace_id, trigger, principal_id, method, endpoint, status, policy, code, http_status,
        duration_ms, runner_execution_id, cpu_ms, memory_bytes, fuel, host_calls, subrequests, egress_bytes,
        effects, schedule_id, event_id, attempt, limit_kind, limit_value
    )
    SELECT
        tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id, content_hash,
        request_id, trace_id, trigger, principal_id, method, endpoint, status, policy, code, http_status,
        duration_ms, runner_execution_id, cpu_ms, memory_bytes, fuel, host_calls, subrequests, egress_bytes,
        effects, schedule_id, event_id, attempt, limit_kind, limit_value
    FROM given
    ON CONFLICT (tenant_id, started_at, execution_id) DO UPDATE SET
        finished_at = excluded.finished_at,
        status = excluded.status,
        policy = excluded.policy,
        code = excluded.code,
        http_status = excluded.http_status,
        duration_ms = excluded.duration_ms,
        runner_execution_id = excluded.runner_execution_id,
        cpu_ms = excluded.cpu_ms,
        memory_bytes = excluded.memory_bytes,
        fuel = excluded.fuel,
        host_calls = excluded.host_calls,
        subrequests = excluded.subrequests,
        egress_bytes = excluded.egress_bytes,
        effects = excluded.effects,
        limit_kind = excluded.limit_kind,
        limit_value = excluded.limit_value
    WHERE held.status = 'started' AND excluded.status <> 'started'
    RETURNING held.execution_id
)

-- In order of the key, so that two gateways never wait for each other's days crosswise.
INSERT INTO extension_quota_usage AS used (
    tenant_id, extension_id, window_start, invocations, cpu_ms, mem_mb_ms, egress_bytes
)
SELECT
    given.tenant_id,
    given.extension_id,
    (given.started_at AT TIME ZONE 'UTC')::date,
    sum(given.invocations),
    sum(coalesce(given.cpu_ms, 0)),
    sum(coalesce(given.mem_mb_ms, 0)),
    sum(coalesce(given.egress_bytes, 0))
FROM given
JOIN kept USING (execution_id)
WHERE given.invocations > 0
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (tenant_id, extension_id, window_start) DO UPDATE SET
    invocations = used.invocations + excluded.invocations,
    cpu_ms = used.cpu_ms + excluded.cpu_ms,
    mem_mb_ms = used.mem_mb_ms + excluded.mem_mb_ms,
    egress_bytes = used.egress_bytes + excluded.egress_bytes
RETURNING
    used.tenant_id, used.extension_id, used.window_start, used.invocations, used.cpu_ms, used.mem_mb_ms,
    used.egress_bytes;

-- name: usage_of_tenants
-- $1 tenants, $2 first day
SELECT tenant_id, extension_id, window_start, invocations, cpu_ms, mem_mb_ms, egress_bytes
FROM extension_quota_usage
WHERE tenant_id = any($1::uuid []) AND window_start >= $2;

-- name: see_tenant
-- $1 tenant. Plans are made for the values at hand: of the filters of a list, most are not there.
SELECT
    set_config('app.tenant_id', $1, true),
    set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: executions
-- $1 tenant, $2 since, $3 until, $4 and $5 the place behind which the page begins, $6 rows looked at,
-- $7 extension or null, $8 request id or null, $9 true where only rows that are not ok are wanted,
-- $10 install or null, $11 status or null, $12 code or null, $13 trigger or null, $14 principal or null,
-- $15 rows wanted, $16 endpoint or null, $17 hundreds of the HTTP status or null, $18 shortest duration or null.
-- One row at least, which says how far was looked.
WITH examined AS (
    SELECT
        tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id, content_hash,
        request_id, trace_id, trigger, principal_id, method, endpoint, status, policy, code, http_status,
        duration_ms, runner_execution_id, cpu_ms, memory_bytes, fuel, host_calls, subrequests, egress_bytes,
        effects, schedule_id, event_id, attempt, limit_kind, limit_value
    FROM extension_execution_log
    WHERE
        tenant_id = $1 AND started_at >= $2 AND started_at < $3
        AND (started_at, execution_id) < ($4::timestamptz, $5::uuid)
        AND ($7::uuid IS NULL OR extension_id = $7)
        AND ($8::text IS NULL OR request_id = $8)
        AND ($9::boolean IS NOT TRUE OR status <> 'ok')
    ORDER BY started_at DESC, execution_id DESC
    LIMIT $6
),

matching AS (
    SELECT * FROM examined
    WHERE
        ($10::uuid IS NULL OR install_id = $10)
        AND ($11::text IS NULL OR status = $11)
        AND ($12::text IS NULL OR code = $12)
        AND ($13::text IS NULL OR trigger = $13)
        AND ($14::text IS NULL OR principal_id = $14)
        AND ($16::text IS NULL OR endpoint = $16)
        AND ($17::integer IS NULL OR http_status / 100 = $17)
        AND ($18::double precision IS NULL OR duration_ms >= $18)
    ORDER BY started_at DESC, execution_id DESC
    LIMIT $15
),

far AS (
    SELECT
        count(*) AS looked_at,
        (SELECT started_at FROM examined ORDER BY started_at, execution_id LIMIT 1) AS last_started_at,
        (SELECT execution_id FROM examined ORDER BY started_at, execution_id LIMIT 1) AS last_execution_id
    FROM examined
)

SELECT far.looked_at, far.last_started_at, far.last_execution_id, matching.*
FROM far LEFT JOIN matching ON true
ORDER BY matching.started_at DESC, matching.execution_id DESC;

-- name: execution
-- $1 tenant, $2 id, ours or the runner's; began between $3 and $4 if it is ours, between $5 and $6 if it is not
SELECT
    tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id, content_hash,
    request_id, trace_id, trigger, principal_id, method, endpoint, status, policy, code, http_status,
    duration_ms, runner_execution_id, cpu_ms, memory_bytes, fuel, host_calls, subrequests, egress_bytes,
    effects, schedule_id, event_id, attempt, limit_kind, limit_value
FROM extension_execution_log
WHERE tenant_id = $1 AND started_at >= $3 AND started_at < $4 AND execution_id = $2
UNION ALL
SELECT
    tenant_id, execution_id, started_at, finished_at, extension_id, install_id, version_id, content_hash,
    request_id, trace_id, trigger, principal_id, method, endpoint, status, policy, code, http_status,
    duration_ms, runner_execution_id, cpu_ms, memory_bytes, fuel, host_calls, subrequests, egress_bytes,
    effects, schedule_id, event_id, attempt, limit_kind, limit_value
FROM extension_execution_log
WHERE tenant_id = $1 AND runner_execution_id = $2 AND started_at >= $5 AND started_at < $6
LIMIT 1;

-- name: usage
-- $1 tenant, $2 first day, $3 day behind the last, $4 extension or null, $5 day or month,
-- $6 and $7 the place behind which the page begins, $8 rows wanted
SELECT window_start, extension_id, invocations, cpu_ms, mem_mb_ms, egress_bytes
FROM (
    SELECT
        date_trunc($5, days.window_start::timestamp)::date AS window_start,
        days.extension_id,
        sum(days.invocations)::bigint AS invocations,
        sum(days.cpu_ms) AS cpu_ms,
        sum(days.mem_mb_ms) AS mem_mb_ms,
        sum(days.egress_bytes)::bigint AS egress_bytes
    FROM extension_quota_usage AS days
    WHERE
        days.tenant_id = $1 AND days.window_start >= $2 AND days.window_start < $3
        AND ($4::uuid IS NULL OR days.extension_id = $4)
    GROUP BY 1, 2
) AS windows
WHERE (window_start, extension_id) < ($6::date, $7::uuid)
ORDER BY window_start DESC, extension_id DESC
LIMIT $8;
