-- How extensions of one tenant did lately. A bounded number of records is looked at, the newest ones.
-- Failed is what the extension is to blame for, as annex_gateway.domain.extension_faults says it.

-- name: activity
-- $1 tenant, $2 since, $3 rows looked at, $4 codes the extension is to blame for
SELECT
    newest.extension_id,
    count(*) AS runs,
    count(*) FILTER (WHERE newest.is_fault) AS failures,
    max(newest.started_at) AS last_started_at,
    (array_agg(newest.status ORDER BY newest.started_at DESC, newest.execution_id DESC))[1] AS last_status,
    (array_agg(newest.is_fault ORDER BY newest.started_at DESC, newest.execution_id DESC))[1] AS last_failed
FROM (
    SELECT
        extension_id,
        execution_id,
        started_at,
        status,
        (
            (status = 'error' AND coalesce(code = ANY($4), true))
            OR (status = 'timeout' AND limit_kind IS NOT NULL)
        ) AS is_fault
    FROM extension_execution_log
    WHERE tenant_id = $1 AND started_at >= $2
    ORDER BY started_at DESC, execution_id DESC
    LIMIT $3
) AS newest
GROUP BY newest.extension_id
ORDER BY newest.extension_id;

-- name: health
-- $1 tenant, $2 extension, $3 since, $4 rows looked at, $5 codes the extension is to blame for. A row for each hour, and one without an hour for all of them.
SELECT
    date_trunc('hour', newest.started_at, 'UTC') AS hour,
    count(*) AS runs,
    count(*) FILTER (WHERE newest.is_fault) AS failures,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY newest.duration_ms) AS p95_ms
FROM (
    SELECT
        started_at,
        duration_ms,
        (
            (status = 'error' AND coalesce(code = ANY($5), true))
            OR (status = 'timeout' AND limit_kind IS NOT NULL)
        ) AS is_fault
    FROM extension_execution_log
    WHERE tenant_id = $1 AND extension_id = $2 AND started_at >= $3
    ORDER BY started_at DESC, execution_id DESC
    LIMIT $4
) AS newest
GROUP BY GROUPING SETS ((date_trunc('hour', newest.started_at, 'UTC')), ())
ORDER BY 1 NULLS FIRST;

-- name: failure_codes
-- $1 tenant, $2 extension, $3 since, $4 rows looked at, $5 codes the extension is to blame for, $6 codes
-- wanted: the last seen first
SELECT
    newest.code,
    count(*) AS failures,
    max(newest.started_at) AS last_started_at,
    (array_agg(newest.execution_id ORDER BY newest.started_at DESC, newest.execution_id DESC))[1] AS last_execution_id
FROM (
    SELECT
        execution_id,
        started_at,
        coalesce(code, upper(status)) AS code,
        (
            (status = 'error' AND coalesce(code = ANY($5), true))
            OR (status = 'timeout' AND limit_kind IS NOT NULL)
        ) AS is_fault
    FROM extension_execution_log
    WHERE tenant_id = $1 AND extension_id = $2 AND started_at >= $3
    ORDER BY started_at DESC, execution_id DESC
    LIMIT $4
) AS newest
WHERE newest.is_fault
GROUP BY newest.code
ORDER BY 3 DESC, 1
LIMIT $6;
