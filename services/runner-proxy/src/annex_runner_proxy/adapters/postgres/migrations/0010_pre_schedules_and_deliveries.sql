-- Schedules, subscriptions, and the one queue both are dispatched from. Every table carries the tenant first,
-- so that it can be distributed by it, and is behind a row policy. What works for all tenants, the loops that
-- dispatch, becomes runner_proxy_dispatcher for one transaction at a time.
DO $$
BEGIN
  IF to_regrole('runner_proxy_dispatcher') IS NULL THEN
    CREATE ROLE runner_proxy_dispatcher NOLOGIN NOINHERIT NOBYPASSRLS;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
DECLARE
  membership text := format('GRANT runner_proxy_dispatcher TO %s', $role$:{app_role}$role$);
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_auth_members
    WHERE roleid = 'runner_proxy_dispatcher'::regrole AND member = to_regrole($role$:{app_role}$role$)
  ) THEN
    -- The application must not pass the dispatcher's row policy without SET ROLE.
    IF current_setting('server_version_num')::int >= 160000 THEN
      membership := membership || ' WITH INHERIT FALSE, SET TRUE';
    END IF;
    EXECUTE membership;
  END IF;
EXCEPTION
  WHEN unique_violation OR internal_error THEN NULL;
END
$$;

SET LOCAL ROLE :{owner_role};
SET LOCAL search_path = runner_proxy;

CREATE TABLE tenant_extension_schedule(
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  install_id uuid NOT NULL,
  method text NOT NULL CHECK (method IN ('GET', 'POST')),
  path text NOT NULL CHECK (length(path) BETWEEN 1 AND 2048),
  name text CHECK (length(name) BETWEEN 1 AND 128),
  cron text NOT NULL CHECK (length(cron) BETWEEN 9 AND 128),
  timezone text NOT NULL CHECK (length(timezone) BETWEEN 1 AND 64),
  is_enabled boolean NOT NULL,
  -- Why the platform switched it off; null while nobody did, or a person did.
  paused_reason text,
  payload text CHECK (length(payload) <= 100000),
  next_run_at timestamptz,
  failures_in_a_row integer NOT NULL DEFAULT 0 CHECK (failures_in_a_row >= 0),
  last_run_at timestamptz,
  last_run_status text,
  last_error text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (is_enabled = (next_run_at IS NOT NULL)),
  CHECK (NOT is_enabled OR paused_reason IS NULL)
);
CREATE UNIQUE INDEX tenant_extension_schedule_name ON tenant_extension_schedule(tenant_id, install_id, name)
  WHERE name IS NOT NULL;
CREATE INDEX tenant_extension_schedule_of_install ON tenant_extension_schedule(tenant_id, install_id, created_at);
CREATE INDEX tenant_extension_schedule_due ON tenant_extension_schedule(next_run_at)
  WHERE next_run_at IS NOT NULL;

-- What runs and what ran: one row for each run of a schedule and each event on its way to one install.
-- lane is the schedule, or the topic: within a lane one at a time and in order of position.
CREATE TABLE extension_dispatch(
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  install_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('schedule', 'event')),
  lane text NOT NULL CHECK (length(lane) BETWEEN 1 AND 300),
  cause text NOT NULL CHECK (cause IN ('clock', 'manual', 'event')),
  event_id text CHECK (length(event_id) <= 255),
  position bigint GENERATED ALWAYS AS IDENTITY,
  method text NOT NULL,
  path text NOT NULL,
  body text,
  due_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'succeeded', 'failed', 'dead', 'skipped')),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Attempts that count against the budget: the extension was reached, or may have been.
  charged integer NOT NULL DEFAULT 0 CHECK (charged >= 0),
  next_attempt_at timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  -- Grows with every lease; who holds an older one writes nothing.
  fence bigint NOT NULL DEFAULT 0,
  status integer,
  error_code text,
  error text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('waiting', 'running')) = (finished_at IS NULL)),
  CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL))
);
-- No schedule overlaps itself, whoever plans it.
CREATE UNIQUE INDEX extension_dispatch_no_overlap ON extension_dispatch(tenant_id, install_id, lane)
  WHERE kind = 'schedule' AND state IN ('waiting', 'running');
-- One event at a time for each install.
CREATE UNIQUE INDEX extension_dispatch_one_event ON extension_dispatch(tenant_id, install_id)
  WHERE kind = 'event' AND state = 'running';
-- An event reaches a subscription once, however often it is taken from the bus.
CREATE UNIQUE INDEX extension_dispatch_event_once ON extension_dispatch(tenant_id, install_id, lane, event_id)
  WHERE event_id IS NOT NULL;
CREATE INDEX extension_dispatch_waiting ON extension_dispatch(next_attempt_at) WHERE state = 'waiting';
CREATE INDEX extension_dispatch_leased ON extension_dispatch(lease_until) WHERE state = 'running';
CREATE INDEX extension_dispatch_open_lane ON extension_dispatch(tenant_id, install_id, lane, position)
  WHERE state IN ('waiting', 'running');
CREATE INDEX extension_dispatch_history ON extension_dispatch(tenant_id, install_id, kind, position DESC);
CREATE INDEX extension_dispatch_finished ON extension_dispatch(finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE extension_dispatch_attempt(
  tenant_id uuid NOT NULL,
  dispatch_id uuid NOT NULL,
  number integer NOT NULL CHECK (number > 0),
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  -- running, succeeded, failed, or lost: nobody heard how it ended.
  outcome text NOT NULL CHECK (outcome IN ('running', 'succeeded', 'failed', 'lost')),
  status integer,
  error_code text,
  error text,
  execution_id text,
  PRIMARY KEY (tenant_id, dispatch_id, number),
  FOREIGN KEY (tenant_id, dispatch_id) REFERENCES extension_dispatch ON DELETE CASCADE
);

-- What an install's version subscribes to, as far as it may; copied from the registry, revision by revision.
CREATE TABLE extension_event_subscription(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  topic text NOT NULL CHECK (length(topic) BETWEEN 1 AND 300),
  extension_id uuid NOT NULL,
  handler text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, install_id, topic)
);
CREATE INDEX extension_event_subscription_by_topic ON extension_event_subscription(topic, extension_id);

-- Up to which revision the rows above follow an install.
CREATE TABLE extension_subscription_revision(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, install_id)
);

-- Events of extensions on their way to the bus.
CREATE TABLE extension_event_outbox(
  tenant_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  id uuid NOT NULL,
  data jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  sent_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX extension_event_outbox_unsent ON extension_event_outbox(position) WHERE sent_at IS NULL;
CREATE INDEX extension_event_outbox_sent ON extension_event_outbox(sent_at) WHERE sent_at IS NOT NULL;

-- How often something was done in one minute, by tenant or by install.
CREATE TABLE extension_rate_window(
  tenant_id uuid NOT NULL,
  subject uuid NOT NULL,
  action text NOT NULL,
  minute timestamptz NOT NULL,
  used integer NOT NULL CHECK (used > 0),
  PRIMARY KEY (tenant_id, subject, action)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['tenant_extension_schedule', 'extension_dispatch',
                                      'extension_dispatch_attempt', 'extension_event_subscription',
                                      'extension_subscription_revision', 'extension_event_outbox',
                                      'extension_rate_window'] LOOP
    EXECUTE format('ALTER TABLE runner_proxy.%1$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                   tenant_table);
    EXECUTE format(
      'CREATE POLICY own_tenant ON runner_proxy.%I TO %s '
      'USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) '
      'WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)',
      tenant_table, $role$:{app_role}$role$);
    -- Both the role and the scope have to be taken on.
    EXECUTE format(
      'CREATE POLICY whole_platform ON runner_proxy.%I TO runner_proxy_dispatcher '
      'USING (current_setting(''app.scope'', true) = ''platform'') '
      'WITH CHECK (current_setting(''app.scope'', true) = ''platform'')', tenant_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON runner_proxy.%I TO %s, runner_proxy_dispatcher',
                   tenant_table, $role$:{app_role}$role$);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA runner_proxy TO runner_proxy_dispatcher;
RESET ROLE;
