-- What a tenant decided about an install besides its version: denied capabilities, a pin, limits for secrets;
-- the states an install had before; and one envelope per secret.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE tenant_extension_install
  -- Also what the present version does not ask for: a denial outlives upgrades.
  ADD COLUMN denied text[] NOT NULL DEFAULT '{}',
  ADD COLUMN is_pinned boolean NOT NULL DEFAULT false,
  ADD COLUMN max_secret_age_days int CHECK (max_secret_age_days BETWEEN 1 AND 3650),
  ADD COLUMN overdue_secrets text CHECK (overdue_secrets IN ('warn', 'refuse')),
  -- What led to this state, and who; null for what was stored before it was asked.
  ADD COLUMN last_change text,
  ADD COLUMN changed_by text CHECK (length(changed_by) <= 200);

-- With the defaults of the version's schema; null for what was stored before there were schemas.
ALTER TABLE tenant_extension_install_config ADD COLUMN effective jsonb;

-- A state that ended, written with the change that ended it. The present one is the install's own row. Nothing
-- changes a row; the rows go with their install.
CREATE TABLE install_state(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  revision bigint NOT NULL CHECK (revision > 0),
  extension_id uuid NOT NULL,
  version_id uuid NOT NULL,
  is_enabled boolean NOT NULL,
  is_pinned boolean NOT NULL,
  grants text[] NOT NULL,
  denied text[] NOT NULL,
  config jsonb NOT NULL,
  change text,
  changed_by text,
  began_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, install_id, revision),
  FOREIGN KEY (tenant_id, install_id) REFERENCES tenant_extension_install ON DELETE CASCADE,
  FOREIGN KEY (extension_id, version_id) REFERENCES extension_version(extension_id, id)
);
CREATE TRIGGER zz_no_update BEFORE UPDATE ON install_state FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON install_state
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE install_state ENABLE ALWAYS TRIGGER zz_no_update, ENABLE ALWAYS TRIGGER zz_no_truncate;

-- One envelope each. tenant_extension_install_secrets keeps the count of changes, and the one envelope of all
-- secrets that was written before this table; the next change of a secret takes it apart.
CREATE TABLE install_secret(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  envelope jsonb NOT NULL,
  set_at timestamptz NOT NULL,
  set_by text NOT NULL CHECK (length(set_by) <= 200),
  expires_at timestamptz,
  PRIMARY KEY (tenant_id, install_id, name),
  FOREIGN KEY (tenant_id, install_id) REFERENCES tenant_extension_install ON DELETE CASCADE
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['install_state', 'install_secret'] LOOP
    EXECUTE format('ALTER TABLE registry.%1$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                   tenant_table);
    EXECUTE format(
      'CREATE POLICY own_tenant ON registry.%I TO registry_app '
      'USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) '
      'WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', tenant_table);
    EXECUTE format(
      'CREATE POLICY whole_platform ON registry.%I FOR SELECT TO registry_reader '
      'USING (current_setting(''app.scope'', true) = ''platform'')', tenant_table);
    EXECUTE format('GRANT SELECT ON registry.%I TO registry_reader', tenant_table);
  END LOOP;
END $$;

-- No UPDATE and no DELETE: a state is removed by its install's removal only.
GRANT SELECT, INSERT ON install_state TO registry_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON install_secret TO registry_app;
RESET ROLE;
