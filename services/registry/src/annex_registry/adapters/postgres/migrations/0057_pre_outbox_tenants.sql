-- Whose an event is, as a column: the index below serves a tenant behind a row policy, where the expression inside
-- the event could not (its operators are not leakproof). Generated, so it cannot disagree with the event and older
-- code fills it too. Rewrites the outbox once: as long as that takes, publishes and changes of installs wait.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE outbox
  ADD COLUMN tenant_id uuid GENERATED ALWAYS AS ((event->'data'->>'tenant_id')::uuid) STORED,
  ADD CONSTRAINT outbox_installs_are_tenants CHECK ((feed = 'installs') = (tenant_id IS NOT NULL));
CREATE INDEX outbox_of_tenant ON outbox(tenant_id, serial) WHERE feed = 'installs';
-- What reads every tenant's events from now on: the relay, the end of the feed, and services that follow it.
GRANT SELECT ON outbox, outbox_pending TO registry_reader;
RESET ROLE;
