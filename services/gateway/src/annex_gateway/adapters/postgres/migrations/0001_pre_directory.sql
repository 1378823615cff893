-- Tenants, principals and API keys. The owner role cannot log in; the gateway's role owns nothing.
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

ALTER SCHEMA gateway OWNER TO :{owner_role};

CREATE TABLE gateway.tenant (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gateway.principal (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES gateway.tenant (id),
    kind text NOT NULL CHECK (kind IN ('user', 'service')),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    UNIQUE (id, tenant_id)
);

CREATE TABLE gateway.api_key (
    key_id text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    principal_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    permissions text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used timestamptz,
    -- A key never belongs to another tenant than its principal.
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id)
);

CREATE INDEX api_key_by_tenant ON gateway.api_key (tenant_id, key_id);
CREATE INDEX api_key_by_principal ON gateway.api_key (principal_id);

ALTER TABLE gateway.tenant OWNER TO :{owner_role};
ALTER TABLE gateway.principal OWNER TO :{owner_role};
ALTER TABLE gateway.api_key OWNER TO :{owner_role};

GRANT USAGE ON SCHEMA gateway TO :{app_role};
GRANT SELECT, INSERT ON gateway.tenant, gateway.principal TO :{app_role};
GRANT SELECT, INSERT, UPDATE (revoked_at, last_used) ON gateway.api_key TO :{app_role};
