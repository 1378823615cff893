-- What became of each call, schedule run and event delivery, and what it cost (ADR 38).
-- One partition for each day in UTC, so that old days are dropped and never deleted row by row.
CREATE TABLE gateway.extension_execution_log (
    tenant_id uuid NOT NULL,
    execution_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    extension_id uuid NOT NULL,
    install_id uuid NOT NULL,
    version_id uuid NOT NULL,
    content_hash text NOT NULL,
    request_id text NOT NULL,
    trace_id text,
    trigger text NOT NULL CHECK (trigger IN ('http', 'schedule', 'event')),
    principal_id text,
    method text NOT NULL,
    endpoint text,
    status text NOT NULL
    CHECK (status IN ('started', 'ok', 'error', 'timeout', 'policy_denied', 'upstream_error')),
    policy text,
    code text,
    http_status smallint,
    duration_ms double precision,
    runner_execution_id uuid,
    cpu_ms double precision,
    memory_bytes bigint,
    fuel bigint,
    host_calls integer,
    subrequests integer,
    egress_bytes bigint,
    effects integer,
    schedule_id text,
    event_id text,
    attempt integer,
    PRIMARY KEY (tenant_id, started_at, execution_id)
) PARTITION BY RANGE (started_at);

CREATE INDEX extension_execution_log_by_extension
ON gateway.extension_execution_log (tenant_id, extension_id, started_at, execution_id);
CREATE INDEX extension_execution_log_by_request
ON gateway.extension_execution_log (tenant_id, request_id, started_at);
CREATE INDEX extension_execution_log_by_runner
ON gateway.extension_execution_log (tenant_id, runner_execution_id) WHERE runner_execution_id IS NOT NULL;
-- Failures are few, and what people look for.
CREATE INDEX extension_execution_log_not_ok
ON gateway.extension_execution_log (tenant_id, started_at, execution_id) WHERE status <> 'ok';

-- Months are sums of days. Grows by a row for each extension of a tenant and day, and is kept.
CREATE TABLE gateway.extension_quota_usage (
    tenant_id uuid NOT NULL,
    extension_id uuid NOT NULL,
    window_start date NOT NULL,
    invocations bigint NOT NULL,
    cpu_ms double precision NOT NULL,
    mem_mb_ms double precision NOT NULL,
    egress_bytes bigint NOT NULL,
    PRIMARY KEY (tenant_id, extension_id, window_start)
);

CREATE INDEX extension_quota_usage_by_window ON gateway.extension_quota_usage (tenant_id, window_start);

ALTER TABLE gateway.extension_execution_log OWNER TO :{owner_role};
ALTER TABLE gateway.extension_quota_usage OWNER TO :{owner_role};

-- Rows are written, and seen across tenants, by sessions that were opened to write records; any other session
-- sees one tenant's, the one its transaction names.
ALTER TABLE gateway.extension_execution_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE gateway.extension_quota_usage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON gateway.extension_execution_log FOR SELECT TO :{app_role}
USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY ledger ON gateway.extension_execution_log TO :{app_role}
USING (current_setting('app.scope', true) = 'ledger')
WITH CHECK (current_setting('app.scope', true) = 'ledger');
CREATE POLICY own_tenant ON gateway.extension_quota_usage FOR SELECT TO :{app_role}
USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY ledger ON gateway.extension_quota_usage TO :{app_role}
USING (current_setting('app.scope', true) = 'ledger')
WITH CHECK (current_setting('app.scope', true) = 'ledger');

-- A row that says that a run began is completed once; who, what and when never change.
GRANT SELECT, INSERT,
UPDATE (
    finished_at, status, policy, code, http_status, duration_ms, runner_execution_id, cpu_ms, memory_bytes,
    fuel, host_calls, subrequests, egress_bytes, effects
)
ON gateway.extension_execution_log TO :{app_role};
GRANT SELECT, INSERT, UPDATE (invocations, cpu_ms, mem_mb_ms, egress_bytes)
ON gateway.extension_quota_usage TO :{app_role};

-- The one way in which the gateway's role makes and drops partitions: yesterday's to three days ahead are there,
-- those of days that ended more than keep_days ago go. Says how many went. Attaching blocks nobody; dropping waits
-- for a moment at most and is tried again the next time.
CREATE FUNCTION gateway.keep_execution_log(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = gateway, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day date;
    part text;
    dropped integer := 0;
BEGIN
    IF keep_days IS NULL OR keep_days < 1 THEN
        RAISE EXCEPTION 'the execution log keeps a day at least';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('annex-execution-log', 0));
    FOR offset_days IN -1..3 LOOP
        day := today + offset_days;
        part := 'extension_execution_log_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('gateway.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE gateway.%I (LIKE gateway.extension_execution_log INCLUDING ALL)', part);
        EXECUTE format(
            'ALTER TABLE gateway.extension_execution_log ATTACH PARTITION gateway.%I FOR VALUES FROM (%L) TO (%L)',
            part, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00'
        );
    END LOOP;
    FOR part IN
        SELECT child.relname FROM pg_catalog.pg_inherits AS link
        JOIN pg_catalog.pg_class AS child ON child.oid = link.inhrelid
        WHERE link.inhparent = 'gateway.extension_execution_log'::regclass
        AND to_date(right(child.relname, 8), 'YYYYMMDD') < today - keep_days
    LOOP
        EXECUTE format('DROP TABLE gateway.%I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

ALTER FUNCTION gateway.keep_execution_log(integer) OWNER TO :{owner_role};
REVOKE ALL ON FUNCTION gateway.keep_execution_log(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gateway.keep_execution_log(integer) TO :{app_role};
-- Far more days than there are yet: this makes partitions and drops none.
SELECT gateway.keep_execution_log(100000);
