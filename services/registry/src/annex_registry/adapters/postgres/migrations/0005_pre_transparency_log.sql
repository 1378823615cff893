-- The transparency log: leaves, the hashes of full tiles, the frontier, and the checkpoints that were signed.
-- Leaves come in through log_append only, in the transaction of the fact they tell of.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE log_leaf(
  idx bigint PRIMARY KEY CHECK (idx >= 0),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  entry bytea NOT NULL CHECK (octet_length(entry) BETWEEN 1 AND 65535)
);

-- The root of every full subtree of 256^level leaves: what tiles above the lowest level are made of.
CREATE TABLE log_hash(
  level int CHECK (level BETWEEN 1 AND 7),
  idx bigint CHECK (idx >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, idx)
);

CREATE TABLE log_state(
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  -- The roots of the complete subtrees, largest first: one for each bit that is set in the size.
  frontier bytea[] NOT NULL DEFAULT '{}',
  root bytea NOT NULL DEFAULT sha256(''::bytea) CHECK (octet_length(root) = 32)
) WITH (fillfactor = 10);
INSERT INTO log_state DEFAULT VALUES;

CREATE TABLE log_checkpoint(
  size bigint PRIMARY KEY CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz NOT NULL
);

-- Where an extension's own chain of leaves continues; next_ext_seq counts its versions alone.
ALTER TABLE extension_head
  ADD COLUMN next_log_seq int NOT NULL DEFAULT 0 CHECK (next_log_seq >= 0),
  ADD COLUMN last_leaf_hash bytea CHECK (octet_length(last_leaf_hash) = 32),
  ADD CONSTRAINT extension_head_chain CHECK ((next_log_seq = 0) = (last_leaf_hash IS NULL));

CREATE FUNCTION guard_log_growth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size <> OLD.size + 1 THEN
    RAISE EXCEPTION 'the transparency log only grows, by one leaf at a time' USING ERRCODE = 'RG004';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_only_grows BEFORE UPDATE ON log_state FOR EACH ROW EXECUTE FUNCTION guard_log_growth();
CREATE TRIGGER zz_no_delete BEFORE DELETE OR TRUNCATE ON log_state
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE log_state ENABLE ALWAYS TRIGGER zz_only_grows, ENABLE ALWAYS TRIGGER zz_no_delete;

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['log_leaf', 'log_hash', 'log_checkpoint'] LOOP
    EXECUTE format('CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON registry.%I '
                   'FOR EACH ROW EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON registry.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('ALTER TABLE registry.%I ENABLE ALWAYS TRIGGER zz_append_only, '
                   'ENABLE ALWAYS TRIGGER zz_no_truncate', fact);
  END LOOP;
END $$;

-- A version of a time without the log gets its leaf later: that one column, from nothing to a value, once.
CREATE FUNCTION guard_late_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.log_index IS NOT NULL OR NEW.log_index IS NULL
     OR (NEW.version_id, NEW.extension_id, NEW.ext_seq, NEW.serial)
        IS DISTINCT FROM (OLD.version_id, OLD.extension_id, OLD.ext_seq, OLD.serial) THEN
    RAISE EXCEPTION '% on %.% is refused: rows here are append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'RG001';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER zz_append_only ON version_position;
CREATE TRIGGER zz_append_only BEFORE DELETE ON version_position
  FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_only_late_leaf BEFORE UPDATE ON version_position
  FOR EACH ROW EXECUTE FUNCTION guard_late_leaf();
ALTER TABLE version_position ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_only_late_leaf;
ALTER TABLE version_position ADD CONSTRAINT version_position_leaf FOREIGN KEY (log_index) REFERENCES log_leaf;
CREATE INDEX version_position_without_leaf ON version_position(serial) WHERE log_index IS NULL;

-- The one way to a leaf. Its row lock is global and held to COMMIT, so indexes are gap-free and in commit
-- order; whoever calls it takes no lock afterwards but the feed's.
CREATE FUNCTION log_append(p_entry bytea) RETURNS TABLE(leaf_index bigint, leaf_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
DECLARE
  v_size bigint;
  v_frontier bytea[];
  v_leaf bytea := sha256('\x00'::bytea || p_entry);
  v_hash bytea := v_leaf;
  v_height int := 0;
BEGIN
  SELECT s.size, s.frontier INTO STRICT v_size, v_frontier FROM log_state s WHERE s.one FOR UPDATE;
  INSERT INTO log_leaf(idx, leaf_hash, entry) VALUES (v_size, v_leaf, p_entry);
  -- Each trailing one of the size is a subtree that this leaf completes to the next larger one.
  WHILE (v_size >> v_height) & 1 = 1 LOOP
    v_hash := sha256('\x01'::bytea || v_frontier[cardinality(v_frontier)] || v_hash);
    v_frontier := v_frontier[1:cardinality(v_frontier) - 1];
    v_height := v_height + 1;
    IF v_height % 8 = 0 THEN
      INSERT INTO log_hash(level, idx, hash) VALUES (v_height / 8, v_size >> v_height, v_hash);
    END IF;
  END LOOP;
  v_frontier := array_append(v_frontier, v_hash);
  FOR i IN REVERSE cardinality(v_frontier) - 1 .. 1 LOOP
    v_hash := sha256('\x01'::bytea || v_frontier[i] || v_hash);
  END LOOP;
  UPDATE log_state s SET size = v_size + 1, frontier = v_frontier, root = v_hash WHERE s.one;
  -- The signer hears of it at commit.
  PERFORM pg_notify('annex_registry_log', '');
  RETURN QUERY SELECT v_size, v_leaf;
END $$;
REVOKE ALL ON FUNCTION log_append(bytea) FROM PUBLIC;

GRANT SELECT ON log_leaf, log_hash, log_state TO registry_app;
GRANT SELECT, INSERT ON log_checkpoint TO registry_app;
GRANT UPDATE (log_index) ON version_position TO registry_app;
GRANT EXECUTE ON FUNCTION log_append(bytea) TO registry_app;
RESET ROLE;
