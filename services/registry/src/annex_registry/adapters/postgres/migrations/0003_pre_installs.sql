-- What tenants use. Every table carries the tenant and is behind a row policy; keys begin with the tenant so
-- that the tables can be distributed by it.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

-- Outlives the install: a revision of (tenant, extension) only grows, also across an uninstall.
CREATE TABLE install_revision(
  tenant_id uuid NOT NULL,
  extension_id uuid NOT NULL REFERENCES extension_registry,
  revision bigint NOT NULL CHECK (revision > 0),
  PRIMARY KEY (tenant_id, extension_id)
);

CREATE FUNCTION guard_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.revision <= OLD.revision THEN
    RAISE EXCEPTION 'the revision of an install only grows' USING ERRCODE = 'RG003';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_only_grows BEFORE UPDATE ON install_revision
  FOR EACH ROW EXECUTE FUNCTION guard_revision();

CREATE TABLE tenant_extension_install(
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  extension_id uuid NOT NULL,
  version_id uuid NOT NULL,
  is_enabled boolean NOT NULL DEFAULT true,
  status text GENERATED ALWAYS AS (CASE WHEN is_enabled THEN 'enabled' ELSE 'disabled' END) STORED,
  grants text[] NOT NULL,
  revision bigint NOT NULL CHECK (revision > 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT tenant_extension_install_once UNIQUE (tenant_id, extension_id),
  FOREIGN KEY (extension_id, version_id) REFERENCES extension_version(extension_id, id)
);
CREATE INDEX tenant_extension_install_by_id ON tenant_extension_install(id);

CREATE TABLE tenant_extension_install_config(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  config jsonb NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  PRIMARY KEY (tenant_id, install_id),
  FOREIGN KEY (tenant_id, install_id) REFERENCES tenant_extension_install ON DELETE CASCADE
);

-- Values are sealed before they come here; names are bound to the envelope and are not secret.
CREATE TABLE tenant_extension_install_secrets(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  envelope jsonb,
  version bigint NOT NULL CHECK (version > 0),
  PRIMARY KEY (tenant_id, install_id),
  FOREIGN KEY (tenant_id, install_id) REFERENCES tenant_extension_install ON DELETE CASCADE
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['install_revision', 'tenant_extension_install',
                                      'tenant_extension_install_config',
                                      'tenant_extension_install_secrets'] LOOP
    EXECUTE format('ALTER TABLE registry.%1$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                   tenant_table);
    -- Without app.tenant_id nothing is visible and nothing can be written.
    EXECUTE format(
      'CREATE POLICY own_tenant ON registry.%I TO registry_app '
      'USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) '
      'WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', tenant_table);
    -- The listing for other services: both the role and the scope have to be taken on.
    EXECUTE format(
      'CREATE POLICY whole_platform ON registry.%I FOR SELECT TO registry_reader '
      'USING (current_setting(''app.scope'', true) = ''platform'')', tenant_table);
    EXECUTE format('GRANT SELECT ON registry.%I TO registry_reader', tenant_table);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON install_revision TO registry_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_extension_install, tenant_extension_install_config,
  tenant_extension_install_secrets TO registry_app;
RESET ROLE;
