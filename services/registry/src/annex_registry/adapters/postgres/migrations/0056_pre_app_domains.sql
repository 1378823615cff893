-- Host names that lead to an install. A name is unique on the whole platform, so the table is not distributed by
-- tenant, has no foreign key to what is, and is given up by whoever removes the install.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE app_domain(
  host text PRIMARY KEY CHECK (host = lower(host) AND length(host) BETWEEN 3 AND 253),
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  claimed_at timestamptz NOT NULL,
  CONSTRAINT app_domain_one_per_install UNIQUE (tenant_id, install_id)
);

ALTER TABLE app_domain ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON app_domain TO registry_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY whole_platform ON app_domain FOR SELECT TO registry_reader
  USING (current_setting('app.scope', true) = 'platform');
GRANT SELECT, INSERT, DELETE ON app_domain TO registry_app;
GRANT SELECT ON app_domain TO registry_reader;
RESET ROLE;
