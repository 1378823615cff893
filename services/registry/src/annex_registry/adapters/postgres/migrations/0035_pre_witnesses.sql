-- What witnesses said of signed trees, and which of these trees are shown. A signed tree may wait for its
-- witnesses; once it is shown it stays shown, whatever the policy says later.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE log_cosignature(
  size bigint REFERENCES log_checkpoint,
  witness text NOT NULL CHECK (length(witness) BETWEEN 1 AND 1000),
  key_id bytea NOT NULL CHECK (octet_length(key_id) = 4),
  cosigned_at timestamptz NOT NULL,
  -- A signature line of a note: it begins with a dash and ends with a line feed.
  line text NOT NULL CHECK (left(line, 2) = chr(8212) || ' ' AND right(line, 1) = chr(10)),
  PRIMARY KEY (size, witness, key_id, cosigned_at)
);
CREATE INDEX log_cosignature_of_witness ON log_cosignature(witness, key_id, size);

CREATE TABLE log_shown(
  size bigint PRIMARY KEY REFERENCES log_checkpoint,
  shown_at timestamptz NOT NULL
);
-- Until now every signed tree was shown at once.
INSERT INTO log_shown(size, shown_at) SELECT size, signed_at FROM log_checkpoint;

-- Every signed tree, its note with the newest cosignature of each witness.
CREATE VIEW log_cosigned AS
SELECT c.size, c.root, c.note || coalesce(w.lines, '') AS note
FROM log_checkpoint c
LEFT JOIN LATERAL (
  SELECT string_agg(l.line, '' ORDER BY l.witness COLLATE "C", l.key_id) AS lines
  FROM (SELECT DISTINCT ON (s.witness, s.key_id) s.witness, s.key_id, s.line FROM log_cosignature s
        WHERE s.size = c.size ORDER BY s.witness, s.key_id, s.cosigned_at DESC) l
) w ON true;

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['log_cosignature', 'log_shown'] LOOP
    EXECUTE format('CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON registry.%I '
                   'FOR EACH ROW EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON registry.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('ALTER TABLE registry.%I ENABLE ALWAYS TRIGGER zz_append_only, '
                   'ENABLE ALWAYS TRIGGER zz_no_truncate', fact);
  END LOOP;
END $$;

GRANT SELECT, INSERT ON log_cosignature, log_shown TO registry_app;
GRANT SELECT ON log_cosigned TO registry_app;
RESET ROLE;
