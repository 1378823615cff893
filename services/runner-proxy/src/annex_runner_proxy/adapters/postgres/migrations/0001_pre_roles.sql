-- The owner role cannot log in; the role runner-proxy connects as owns nothing, and every table with tenants'
-- data has a row policy, so that a statement without app.tenant_id sees and writes nothing.
-- Roles belong to the whole cluster: another database may be creating them at this moment.
DO $$
BEGIN
    IF to_regrole($role$:{owner_role}$role$) IS NULL THEN
        CREATE ROLE :{owner_role} NOLOGIN NOINHERIT;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF to_regrole($role$:{app_role}$role$) IS NULL THEN
        CREATE ROLE :{app_role} LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, to_regrole($role$:{owner_role}$role$), 'MEMBER') THEN
        EXECUTE format('GRANT %s TO %I', $role$:{owner_role}$role$, current_user);
    END IF;
END
$$;

ALTER SCHEMA runner_proxy OWNER TO :{owner_role};
GRANT USAGE ON SCHEMA runner_proxy TO :{app_role};
