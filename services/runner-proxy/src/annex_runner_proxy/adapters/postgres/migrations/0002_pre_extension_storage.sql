-- What extensions store. Every key begins with the tenant, so that the tables can be distributed by it, and
-- every table is behind a row policy.
DO $$
BEGIN
  IF to_regrole('runner_proxy_reader') IS NULL THEN
    CREATE ROLE runner_proxy_reader NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
DECLARE
  membership text := 'GRANT runner_proxy_reader TO :{app_role}';
BEGIN
  IF EXISTS (
    SELECT FROM pg_auth_members
    WHERE roleid = 'runner_proxy_reader'::regrole AND member = to_regrole($role$:{app_role}$role$)
  ) THEN
    RETURN;
  END IF;
  IF current_setting('server_version_num')::int >= 160000 THEN
    membership := membership || ' WITH INHERIT FALSE, SET TRUE';
  END IF;
  EXECUTE membership;
EXCEPTION
  -- Another database's migration did the same at this moment.
  WHEN unique_violation OR internal_error THEN NULL;
END
$$;

SET LOCAL ROLE :{owner_role};
SET LOCAL search_path = runner_proxy;
GRANT USAGE ON SCHEMA runner_proxy TO runner_proxy_reader;

-- One row for each install that ever stored something; its lock orders the writes of the install. It holds the
-- last revision that was given out and outlives every record, so that a revision is never given out twice.
CREATE TABLE ext_storage_usage(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  last_revision bigint NOT NULL CHECK (last_revision >= 0),
  bytes_used bigint NOT NULL DEFAULT 0 CHECK (bytes_used >= 0),
  keys_count bigint NOT NULL DEFAULT 0 CHECK (keys_count >= 0),
  namespaces_count int NOT NULL DEFAULT 0 CHECK (namespaces_count >= 0),
  -- When the registry was first heard saying that the install is gone; what it stored is removed later.
  gone_since timestamptz,
  PRIMARY KEY (tenant_id, install_id)
);

CREATE TABLE ext_storage_namespaces(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  namespace text COLLATE "C" NOT NULL CHECK (char_length(namespace) BETWEEN 1 AND 128),
  keys_count int NOT NULL CHECK (keys_count >= 0),
  PRIMARY KEY (tenant_id, install_id, namespace)
);

-- Keys are compared by their bytes: pages have one order, whatever the database's locale is.
CREATE TABLE ext_storage_records(
  tenant_id uuid NOT NULL,
  install_id uuid NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL CHECK (char_length(key) BETWEEN 1 AND 256 AND strpos(key, '/') = 0),
  value bytea NOT NULL CHECK (octet_length(value) <= 65536),
  metadata text CHECK (octet_length(metadata) <= 4096),
  size_bytes int NOT NULL
    GENERATED ALWAYS AS (octet_length(value) + coalesce(octet_length(metadata), 0)) STORED,
  revision bigint NOT NULL CHECK (revision > 0),
  expires_at timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, install_id, namespace, key)
);
CREATE INDEX ext_storage_records_of_install_expire
  ON ext_storage_records(tenant_id, install_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ext_storage_records_expire ON ext_storage_records(expires_at) WHERE expires_at IS NOT NULL;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['ext_storage_usage', 'ext_storage_namespaces', 'ext_storage_records'] LOOP
    EXECUTE format('ALTER TABLE runner_proxy.%1$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                   tenant_table);
    -- Without app.tenant_id nothing is visible and nothing can be written.
    EXECUTE format(
      'CREATE POLICY own_tenant ON runner_proxy.%I TO :{app_role} '
      'USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) '
      'WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', tenant_table);
  END LOOP;
  -- For the sweeps, which then act for one tenant at a time: both the role and the scope have to be taken on,
  -- and neither keys nor values are shown.
  FOREACH tenant_table IN ARRAY ARRAY['ext_storage_usage', 'ext_storage_records'] LOOP
    EXECUTE format(
      'CREATE POLICY whole_platform ON runner_proxy.%I FOR SELECT TO runner_proxy_reader '
      'USING (current_setting(''app.scope'', true) = ''platform'')', tenant_table);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ext_storage_usage, ext_storage_namespaces, ext_storage_records
  TO :{app_role};
GRANT SELECT ON ext_storage_usage TO runner_proxy_reader;
GRANT SELECT (tenant_id, install_id, expires_at) ON ext_storage_records TO runner_proxy_reader;
RESET ROLE;
