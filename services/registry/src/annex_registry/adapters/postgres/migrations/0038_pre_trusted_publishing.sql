-- Trusted publishing: identities at issuers that may publish, the tokens they were given, and which id tokens
-- were spent. Who published stays with the version; tokens and spent ids are forgotten when their time is over.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE trusted_publisher(
  id uuid PRIMARY KEY,
  publisher text NOT NULL REFERENCES publisher,
  -- Null is every extension of the publisher. The extension need not exist yet.
  name text CHECK (name ~ '^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$'),
  issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 512),
  audience text NOT NULL CHECK (length(audience) BETWEEN 1 AND 200),
  claims jsonb NOT NULL CHECK (jsonb_typeof(claims) = 'object' AND claims <> '{}'),
  added_by text NOT NULL CHECK (length(added_by) BETWEEN 1 AND 200),
  added_at timestamptz NOT NULL,
  removed_by text CHECK (length(removed_by) BETWEEN 1 AND 200),
  removed_at timestamptz,
  CHECK ((removed_by IS NULL) = (removed_at IS NULL))
);
CREATE INDEX trusted_publisher_active ON trusted_publisher(publisher, added_at) WHERE removed_at IS NULL;

-- A trusted publisher may only be removed, and only once: what was trusted when is never rewritten.
CREATE FUNCTION guard_trusted_publisher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL
     OR (NEW.id, NEW.publisher, NEW.name, NEW.issuer, NEW.audience, NEW.claims, NEW.added_by, NEW.added_at)
        IS DISTINCT FROM (OLD.id, OLD.publisher, OLD.name, OLD.issuer, OLD.audience, OLD.claims, OLD.added_by,
                          OLD.added_at) THEN
    RAISE EXCEPTION 'a trusted publisher may only be removed, and only once' USING ERRCODE = 'RG002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_only_remove BEFORE UPDATE ON trusted_publisher
  FOR EACH ROW EXECUTE FUNCTION guard_trusted_publisher();
CREATE TRIGGER zz_no_delete BEFORE DELETE ON trusted_publisher FOR EACH ROW EXECUTE FUNCTION deny_mutation();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON trusted_publisher
  FOR EACH STATEMENT EXECUTE FUNCTION deny_mutation();
ALTER TABLE trusted_publisher ENABLE ALWAYS TRIGGER zz_only_remove, ENABLE ALWAYS TRIGGER zz_no_delete,
  ENABLE ALWAYS TRIGGER zz_no_truncate;

-- The primary key is the lock: of two exchanges of one id token, one finds it taken.
CREATE TABLE spent_id_token(
  issuer_and_jti bytea PRIMARY KEY CHECK (octet_length(issuer_and_jti) = 32),
  -- Later than the token's own end by more than the leeway; before that the row is not forgotten.
  forget_at timestamptz NOT NULL
);
CREATE INDEX spent_id_token_by_forget_at ON spent_id_token(forget_at);

CREATE TABLE publish_token(
  id uuid PRIMARY KEY,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  trusted_publisher_id uuid NOT NULL REFERENCES trusted_publisher,
  publisher text NOT NULL,
  name text NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  claims jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT publish_token_is_short_lived CHECK (expires_at <= created_at + interval '15 minutes')
);
CREATE INDEX publish_token_by_expires_at ON publish_token(expires_at);

-- Who published a version by the word of an issuer. A version without a row was published by a principal.
CREATE TABLE version_trusted_actor(
  version_id uuid PRIMARY KEY REFERENCES extension_version,
  trusted_publisher_id uuid NOT NULL REFERENCES trusted_publisher,
  issuer text NOT NULL,
  subject text NOT NULL,
  claims jsonb NOT NULL
);

-- What owners said about who may publish an extension; the newest counts.
CREATE TABLE extension_trusted_only(
  extension_id uuid NOT NULL REFERENCES extension_registry,
  position int NOT NULL CHECK (position > 0),
  trusted_only boolean NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
  actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (extension_id, position)
);

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['version_trusted_actor', 'extension_trusted_only'] LOOP
    EXECUTE format('CREATE TRIGGER zz_append_only BEFORE UPDATE OR DELETE ON registry.%I '
                   'FOR EACH ROW EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON registry.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION registry.deny_mutation()', fact);
    EXECUTE format('ALTER TABLE registry.%I ENABLE ALWAYS TRIGGER zz_append_only, '
                   'ENABLE ALWAYS TRIGGER zz_no_truncate', fact);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE (removed_by, removed_at) ON trusted_publisher TO registry_app;
GRANT SELECT, INSERT ON version_trusted_actor, extension_trusted_only TO registry_app;
GRANT SELECT, INSERT, DELETE ON spent_id_token, publish_token TO registry_app;
RESET ROLE;
