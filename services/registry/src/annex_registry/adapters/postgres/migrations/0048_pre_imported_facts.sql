-- What came from a predecessor's database. The bundle that counts stands in extension_bundle like any other;
-- here is which entry an extension was there, and every bundle its versions had.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE extension_bundle
  ADD COLUMN bundle_count int NOT NULL DEFAULT 1 CHECK (bundle_count > 0),
  -- Null: published here.
  ADD COLUMN imported_at timestamptz,
  ADD CONSTRAINT extension_bundle_counted CHECK (bundle_count = 1 OR imported_at IS NOT NULL);

CREATE TABLE imported_extension(
  extension_id uuid PRIMARY KEY REFERENCES extension_registry,
  source_id uuid NOT NULL UNIQUE,
  source_publisher text NOT NULL,
  source_name text NOT NULL,
  imported_at timestamptz NOT NULL
);

CREATE TABLE imported_bundle(
  version_id uuid NOT NULL REFERENCES extension_version,
  content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  -- When the predecessor recorded it: the newest counts, of equally new ones the one with the largest hash.
  created_at timestamptz NOT NULL,
  PRIMARY KEY (version_id, content_hash)
);
CREATE INDEX imported_bundle_by_content_hash ON imported_bundle(content_hash);

-- A version's bundles come with it. Its place is given last, and closes the list.
CREATE FUNCTION guard_imported_bundle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.version_position WHERE version_id = NEW.version_id) THEN
    RAISE EXCEPTION 'a version that was imported takes no more bundles' USING ERRCODE = 'RG048';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_only_with_version BEFORE INSERT ON imported_bundle
  FOR EACH ROW EXECUTE FUNCTION guard_imported_bundle();
ALTER TABLE imported_bundle ENABLE ALWAYS TRIGGER zz_only_with_version;

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['imported_extension', 'imported_bundle'] LOOP
    EXECUTE format('CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON registry.%I '
                   'FOR EACH ROW EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON registry.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('ALTER TABLE registry.%I ENABLE ALWAYS TRIGGER zz_append_only, '
                   'ENABLE ALWAYS TRIGGER zz_no_truncate', fact);
  END LOOP;
END $$;

GRANT SELECT, INSERT ON imported_extension, imported_bundle TO registry_app;
RESET ROLE;
