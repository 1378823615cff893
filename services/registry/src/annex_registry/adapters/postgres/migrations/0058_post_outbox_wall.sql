-- The second wall between tenants, around events too (ADR 27). After the code: what came before it relays and
-- follows the installs feed as a role that sees none of it from here on.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Published facts are everybody's; installs are their tenant's.
CREATE POLICY own_tenant ON outbox TO registry_app
  USING (tenant_id IS NULL OR tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id IS NULL OR tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY whole_platform ON outbox FOR SELECT TO registry_reader
  USING (current_setting('app.scope', true) = 'platform');
DROP INDEX outbox_installs_of_tenant;
RESET ROLE;
