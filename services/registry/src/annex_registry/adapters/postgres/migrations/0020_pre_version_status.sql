-- What is said of a version after it was published: appended, never changed, the newest fact counts. The
-- version's own row stays as it is, so no fact ever frees its number.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE version_status(
  version_id uuid NOT NULL REFERENCES extension_version,
  -- The place in the registry feed: facts about one version are ordered by it.
  serial bigint NOT NULL UNIQUE CHECK (serial > 0),
  status text NOT NULL CHECK (status IN ('active', 'deprecated', 'yanked', 'blocked')),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
  actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
  recorded_at timestamptz NOT NULL,
  log_index bigint UNIQUE CHECK (log_index >= 0),
  PRIMARY KEY (version_id, serial)
);

CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON version_status
  FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON version_status
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE version_status ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_no_truncate;

-- A maintainer decides about versions beside publishing them; owners also about members and keys.
ALTER TABLE publisher_member DROP CONSTRAINT publisher_member_role_check;
ALTER TABLE publisher_member ADD CONSTRAINT publisher_member_role_check
  CHECK (role IN ('owner', 'maintainer', 'member'));

GRANT SELECT, INSERT ON version_status TO registry_app;
RESET ROLE;
