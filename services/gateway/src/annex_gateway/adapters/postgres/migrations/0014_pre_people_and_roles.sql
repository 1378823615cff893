-- People who come by tokens, roles of tenants, and keys whose secret changes while the old one still opens.
ALTER TABLE gateway.principal DROP CONSTRAINT principal_kind_check;
ALTER TABLE gateway.principal
    ADD CONSTRAINT principal_kind_check CHECK (kind IN ('user', 'service', 'client')),
    ADD COLUMN issuer text,
    ADD COLUMN subject text,
    ADD COLUMN display_name text CHECK (char_length(display_name) <= 256),
    ADD COLUMN email text CHECK (char_length(email) <= 256),
    ADD COLUMN client_id text CHECK (char_length(client_id) BETWEEN 1 AND 256),
    ADD COLUMN disabled_at timestamptz,
    ADD CONSTRAINT principal_subject_has_issuer CHECK ((issuer IS NULL) = (subject IS NULL));

-- One principal for one subject of an issuer in a tenant.
CREATE UNIQUE INDEX principal_by_subject ON gateway.principal (tenant_id, issuer, subject)
WHERE issuer IS NOT NULL;
CREATE INDEX principal_by_tenant ON gateway.principal (tenant_id, id);

ALTER TABLE gateway.api_key
    ADD COLUMN previous_hash bytea CHECK (octet_length(previous_hash) = 32),
    ADD COLUMN previous_until timestamptz,
    ADD COLUMN rotated_at timestamptz,
    ADD CONSTRAINT api_key_previous_ends CHECK ((previous_hash IS NULL) = (previous_until IS NULL));

CREATE TABLE gateway.role (
    tenant_id uuid NOT NULL REFERENCES gateway.tenant (id),
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    permissions text[] NOT NULL,
    description text NOT NULL CHECK (char_length(description) <= 500),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- A role may be built in, so its name refers to no row.
CREATE TABLE gateway.role_assignment (
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    role text NOT NULL CHECK (role ~ '^[a-z][a-z0-9-]{0,62}$'),
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, principal_id, role),
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id)
);

ALTER TABLE gateway.role OWNER TO :{owner_role};
ALTER TABLE gateway.role_assignment OWNER TO :{owner_role};

GRANT UPDATE (kind, display_name, email, client_id, disabled_at) ON gateway.principal TO :{app_role};
GRANT UPDATE (secret_hash, previous_hash, previous_until, rotated_at, expires_at)
ON gateway.api_key TO :{app_role};
GRANT SELECT, INSERT, UPDATE (permissions, description, changed_at), DELETE ON gateway.role TO :{app_role};
GRANT SELECT, INSERT, DELETE ON gateway.role_assignment TO :{app_role};
