-- What every replica counts for its metrics twice a minute is found without reading the whole history.
SET LOCAL ROLE :{owner_role};
SET LOCAL search_path = runner_proxy;
SET LOCAL lock_timeout = '5s';

CREATE INDEX extension_dispatch_dead ON extension_dispatch(kind) WHERE state = 'dead';
CREATE INDEX tenant_extension_schedule_paused ON tenant_extension_schedule(tenant_id)
  WHERE paused_reason IS NOT NULL;
RESET ROLE;
