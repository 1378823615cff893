-- Sessions of people with a browser, and one-time links that begin one. Secrets are kept as hashes only.
CREATE TABLE gateway.console_session (
    session_hash bytea PRIMARY KEY CHECK (octet_length(session_hash) = 32),
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    -- The key it was made with, and is worth as much as; else what a token said.
    key_id text REFERENCES gateway.api_key (key_id),
    permissions text[] NOT NULL,
    roles text[] NOT NULL,
    client_id text,
    client_name text,
    additional_fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id)
);

CREATE INDEX console_session_by_principal ON gateway.console_session (tenant_id, principal_id, created_at);

CREATE TABLE gateway.sign_in_link (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_id text REFERENCES gateway.api_key (key_id),
    permissions text[] NOT NULL,
    roles text[] NOT NULL,
    client_id text,
    client_name text,
    additional_fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id)
);

CREATE INDEX sign_in_link_by_principal ON gateway.sign_in_link (tenant_id, principal_id);

ALTER TABLE gateway.console_session OWNER TO :{owner_role};
ALTER TABLE gateway.sign_in_link OWNER TO :{owner_role};

-- Whose they are never changes.
GRANT SELECT, INSERT, UPDATE (last_seen, ended_at), DELETE ON gateway.console_session TO :{app_role};
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON gateway.sign_in_link TO :{app_role};
