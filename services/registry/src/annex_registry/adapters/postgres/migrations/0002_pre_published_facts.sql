-- Publishers, extensions, versions and bundles: written once, never changed, never removed.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE FUNCTION deny_mutation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: rows here are append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'RG001';
END $$;

CREATE TABLE publisher(
  slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  created_by text NOT NULL CHECK (length(created_by) <= 200),
  created_at timestamptz NOT NULL
);

CREATE TABLE publisher_member(
  publisher text NOT NULL REFERENCES publisher,
  principal_id text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 200),
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  added_at timestamptz NOT NULL,
  PRIMARY KEY (publisher, principal_id)
);
CREATE INDEX publisher_member_by_principal ON publisher_member(principal_id);

CREATE TABLE publisher_key(
  publisher text NOT NULL REFERENCES publisher,
  key_id text NOT NULL CHECK (key_id ~ '^[0-9a-f]{16}$'),
  public_key_pem text NOT NULL CHECK (length(public_key_pem) <= 4096),
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (publisher, key_id)
);

-- A key may only go from active to revoked, once; what it is and when it was added never changes.
CREATE FUNCTION guard_key_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
     OR (NEW.publisher, NEW.key_id, NEW.public_key_pem, NEW.added_by, NEW.added_at)
        IS DISTINCT FROM (OLD.publisher, OLD.key_id, OLD.public_key_pem, OLD.added_by, OLD.added_at) THEN
    RAISE EXCEPTION 'a publisher key may only be revoked, and only once' USING ERRCODE = 'RG002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_only_revoke BEFORE UPDATE ON publisher_key
  FOR EACH ROW EXECUTE FUNCTION guard_key_revocation();
CREATE TRIGGER zz_no_delete BEFORE DELETE ON publisher_key FOR EACH ROW EXECUTE FUNCTION deny_mutation();
ALTER TABLE publisher_key ENABLE ALWAYS TRIGGER zz_only_revoke, ENABLE ALWAYS TRIGGER zz_no_delete;

CREATE TABLE extension_registry(
  id uuid PRIMARY KEY,
  publisher text NOT NULL REFERENCES publisher,
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$'),
  name_key text GENERATED ALWAYS AS (translate(name, '._', '--')) STORED,
  created_at timestamptz NOT NULL,
  CONSTRAINT extension_registry_once UNIQUE (publisher, name_key)
);

CREATE TABLE extension_version(
  id uuid PRIMARY KEY,
  extension_id uuid NOT NULL REFERENCES extension_registry,
  version text NOT NULL CHECK (
    length(version) <= 128
    AND version ~ '^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$'
  ),
  -- A number is spent by its key, which drops "+build".
  version_key text GENERATED ALWAYS AS (split_part(version, '+', 1)) STORED,
  runtime text NOT NULL,
  capabilities text[] NOT NULL,
  ui_entry text,
  has_handler boolean NOT NULL,
  published_by text NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT extension_version_once UNIQUE (extension_id, version_key),
  UNIQUE (extension_id, id)
);

-- The key is the version: a second bundle for a version cannot be written down.
CREATE TABLE extension_bundle(
  version_id uuid PRIMARY KEY REFERENCES extension_version,
  content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  manifest jsonb NOT NULL,
  signature text,
  signer text,
  CHECK ((signature IS NULL) = (signer IS NULL))
);
CREATE INDEX extension_bundle_by_content_hash ON extension_bundle(content_hash);

CREATE TABLE extension_api_endpoint(
  version_id uuid NOT NULL REFERENCES extension_version,
  position int NOT NULL,
  method text NOT NULL CHECK (length(method) <= 16),
  path text NOT NULL,
  handler text NOT NULL,
  PRIMARY KEY (version_id, position)
);

-- Where a version stands: within its extension, in the registry feed and in the transparency log.
CREATE TABLE version_position(
  version_id uuid PRIMARY KEY REFERENCES extension_version,
  extension_id uuid NOT NULL REFERENCES extension_registry,
  ext_seq int NOT NULL CHECK (ext_seq >= 0),
  serial bigint NOT NULL UNIQUE CHECK (serial > 0),
  log_index bigint UNIQUE CHECK (log_index >= 0),
  UNIQUE (extension_id, ext_seq)
);

-- The only row of an extension that changes; its lock orders the extension's publications.
CREATE TABLE extension_head(
  extension_id uuid PRIMARY KEY REFERENCES extension_registry,
  next_ext_seq int NOT NULL DEFAULT 0,
  etag_serial bigint NOT NULL DEFAULT 0
);

-- Events in feed order. A serial is taken last, under its feed's row lock: gap-free, in commit order.
CREATE TABLE outbox(
  feed text NOT NULL,
  serial bigint NOT NULL CHECK (serial > 0),
  type text NOT NULL,
  event jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (feed, serial)
);
CREATE TABLE outbox_pending(
  feed text NOT NULL,
  serial bigint NOT NULL,
  PRIMARY KEY (feed, serial),
  FOREIGN KEY (feed, serial) REFERENCES outbox
);
CREATE TABLE feed_head(
  feed text PRIMARY KEY,
  serial bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO feed_head(feed) VALUES ('registry'), ('installs');

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['publisher', 'extension_registry', 'extension_version', 'extension_bundle',
                              'extension_api_endpoint', 'version_position', 'outbox'] LOOP
    EXECUTE format('CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON registry.%I '
                   'FOR EACH ROW EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON registry.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION registry.deny_mutation()', fact);
    -- ALWAYS: session_replication_role = replica does not switch them off.
    EXECUTE format('ALTER TABLE registry.%I ENABLE ALWAYS TRIGGER zz_append_only, '
                   'ENABLE ALWAYS TRIGGER zz_no_truncate', fact);
  END LOOP;
END $$;

GRANT SELECT, INSERT ON publisher, extension_registry, extension_version, extension_bundle,
  extension_api_endpoint, version_position, outbox TO registry_app;
GRANT SELECT, INSERT, UPDATE (role), DELETE ON publisher_member TO registry_app;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON publisher_key TO registry_app;
GRANT SELECT, INSERT, UPDATE ON extension_head TO registry_app;
GRANT SELECT, UPDATE ON feed_head TO registry_app;
GRANT SELECT, INSERT, DELETE ON outbox_pending TO registry_app;
GRANT SELECT ON extension_registry, extension_version, extension_bundle, feed_head TO registry_reader;
RESET ROLE;
