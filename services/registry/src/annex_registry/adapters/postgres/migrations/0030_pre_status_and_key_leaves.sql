-- Facts about versions and keys have leaves as publications do. What was said before this gets its leaf later.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE version_status ADD CONSTRAINT version_status_leaf FOREIGN KEY (log_index) REFERENCES log_leaf;
CREATE INDEX version_status_without_leaf ON version_status(serial) WHERE log_index IS NULL;

-- That one column, from nothing to a value, once.
CREATE FUNCTION guard_late_status_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.log_index IS NOT NULL OR NEW.log_index IS NULL
     OR (NEW.version_id, NEW.serial, NEW.status, NEW.reason, NEW.actor, NEW.recorded_at)
        IS DISTINCT FROM (OLD.version_id, OLD.serial, OLD.status, OLD.reason, OLD.actor, OLD.recorded_at) THEN
    RAISE EXCEPTION '% on %.% is refused: rows here are append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'RG001';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER zz_append_only ON version_status;
CREATE TRIGGER zz_append_only BEFORE DELETE ON version_status
  FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_only_late_leaf BEFORE UPDATE ON version_status
  FOR EACH ROW EXECUTE FUNCTION guard_late_status_leaf();
ALTER TABLE version_status ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_only_late_leaf;

-- Where a publisher's chain of leaves continues; its lock orders the changes of its keys.
CREATE TABLE publisher_head(
  publisher text PRIMARY KEY REFERENCES publisher,
  next_log_seq int NOT NULL DEFAULT 0 CHECK (next_log_seq >= 0),
  last_leaf_hash bytea CHECK (octet_length(last_leaf_hash) = 32),
  CONSTRAINT publisher_head_chain CHECK ((next_log_seq = 0) = (last_leaf_hash IS NULL))
);

-- Which leaf says what of a key: that it was added, that it was revoked; each once.
CREATE TABLE publisher_key_leaf(
  publisher text NOT NULL,
  key_id text NOT NULL,
  change text NOT NULL CHECK (change IN ('added', 'revoked')),
  log_index bigint NOT NULL UNIQUE REFERENCES log_leaf,
  PRIMARY KEY (publisher, key_id, change),
  FOREIGN KEY (publisher, key_id) REFERENCES publisher_key
);
CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON publisher_key_leaf
  FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON publisher_key_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE publisher_key_leaf ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_no_truncate;

GRANT UPDATE (log_index) ON version_status TO registry_app;
GRANT SELECT, INSERT, UPDATE ON publisher_head TO registry_app;
GRANT SELECT, INSERT ON publisher_key_leaf TO registry_app;
RESET ROLE;
