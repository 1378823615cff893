-- What a bundle's archive holds, by its content hash: derived from bytes that never change, so it does not either.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE bundle_index(
  content_hash bytea PRIMARY KEY CHECK (octet_length(content_hash) = 32),
  -- In archive order, one element per file.
  paths text[] NOT NULL,
  sizes bigint[] NOT NULL,
  hashes bytea[] NOT NULL,
  -- How much of the archive, from its start, holds the file whole.
  archive_bytes bigint[] NOT NULL,
  CHECK (cardinality(paths) = cardinality(sizes) AND cardinality(paths) = cardinality(hashes)
         AND cardinality(paths) = cardinality(archive_bytes))
);

CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON bundle_index
  FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON bundle_index
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE bundle_index ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_no_truncate;

GRANT SELECT, INSERT ON bundle_index TO registry_app;
RESET ROLE;
