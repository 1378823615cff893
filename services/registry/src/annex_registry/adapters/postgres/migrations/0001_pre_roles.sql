-- Three roles. The owner holds the objects and cannot log in; the application writes what it must and owns
-- nothing; the reader sees every tenant's installs and is entered for one transaction at a time.
-- Roles belong to the whole cluster, so another database may be creating them at this moment.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY[
    'registry_owner NOLOGIN NOINHERIT',
    'registry_reader NOLOGIN NOINHERIT NOBYPASSRLS',
    -- NOINHERIT: the application must not pass the reader's row policy without SET ROLE.
    'registry_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE'
  ] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = split_part(role_name, ' ', 1)) THEN
      BEGIN
        EXECUTE 'CREATE ROLE ' || role_name;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END $$;

DO $$
DECLARE
  membership text;
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_auth_members
    WHERE roleid = 'registry_reader'::regrole AND member = 'registry_app'::regrole
  ) THEN
    membership := 'GRANT registry_reader TO registry_app';
    IF current_setting('server_version_num')::int >= 160000 THEN
      membership := membership || ' WITH INHERIT FALSE, SET TRUE';
    END IF;
    BEGIN
      EXECUTE membership;
    EXCEPTION WHEN unique_violation OR internal_error THEN
      NULL;
    END;
  END IF;
  -- Since 16, who creates a role may administer it without being able to become it.
  IF NOT pg_has_role(current_user, 'registry_owner',
                     CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
  THEN
    EXECUTE format('GRANT registry_owner TO %I', current_user);
  END IF;
END $$;

ALTER SCHEMA registry OWNER TO registry_owner;
SET LOCAL ROLE registry_owner;
GRANT USAGE ON SCHEMA registry TO registry_app, registry_reader;
RESET ROLE;
