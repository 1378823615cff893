-- A tenant reads its own part of the installs feed by this, however long the feed has become.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE INDEX outbox_installs_of_tenant ON outbox((event->'data'->>'tenant_id'), serial) WHERE feed = 'installs';
RESET ROLE;
