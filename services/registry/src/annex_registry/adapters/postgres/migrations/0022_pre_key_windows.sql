-- A key may be trusted for a time only: from when, and until when. Neither is ever changed; null is no limit.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE publisher_key
  ADD COLUMN valid_from timestamptz,
  ADD COLUMN valid_until timestamptz,
  ADD CONSTRAINT publisher_key_window CHECK (valid_from < valid_until);

CREATE OR REPLACE FUNCTION guard_key_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
     OR (NEW.publisher, NEW.key_id, NEW.public_key_pem, NEW.added_by, NEW.added_at, NEW.valid_from,
         NEW.valid_until)
        IS DISTINCT FROM (OLD.publisher, OLD.key_id, OLD.public_key_pem, OLD.added_by, OLD.added_at,
                          OLD.valid_from, OLD.valid_until) THEN
    RAISE EXCEPTION 'a publisher key may only be revoked, and only once' USING ERRCODE = 'RG002';
  END IF;
  RETURN NEW;
END $$;
RESET ROLE;
