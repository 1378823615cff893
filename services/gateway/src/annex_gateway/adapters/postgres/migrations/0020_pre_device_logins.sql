-- Logins of devices without a browser (RFC 8628), and keys that say what they were issued for.
ALTER TABLE gateway.api_key ADD COLUMN label text CHECK (char_length(label) BETWEEN 1 AND 100);

-- Both codes are kept as hashes only.
CREATE TABLE gateway.device_login (
    device_hash bytea PRIMARY KEY CHECK (octet_length(device_hash) = 32),
    user_hash bytea NOT NULL UNIQUE CHECK (octet_length(user_hash) = 32),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    wanted_permissions text[] NOT NULL,
    wanted_tenant_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    interval_seconds integer NOT NULL CHECK (interval_seconds > 0),
    polled_at timestamptz,
    status text NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
    -- Who decided.
    tenant_id uuid,
    principal_id uuid,
    permissions text[],
    key_expires_at timestamptz,
    -- Set once, when the key is handed out.
    key_id text REFERENCES gateway.api_key (key_id),
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id),
    CHECK ((status = 'pending') = (principal_id IS NULL)),
    CHECK ((status = 'approved') = (permissions IS NOT NULL AND key_expires_at IS NOT NULL)),
    CHECK (key_id IS NULL OR status = 'approved')
);

CREATE INDEX device_login_by_end ON gateway.device_login (expires_at);

-- How many codes that do not exist a person typed lately.
CREATE TABLE gateway.user_code_guess (
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    since timestamptz NOT NULL,
    misses integer NOT NULL,
    PRIMARY KEY (tenant_id, principal_id),
    FOREIGN KEY (principal_id, tenant_id) REFERENCES gateway.principal (id, tenant_id)
);

ALTER TABLE gateway.device_login OWNER TO :{owner_role};
ALTER TABLE gateway.user_code_guess OWNER TO :{owner_role};

-- What was asked for never changes.
GRANT SELECT, INSERT,
UPDATE (interval_seconds, polled_at, status, tenant_id, principal_id, permissions, key_expires_at, key_id),
DELETE
ON gateway.device_login TO :{app_role};
GRANT SELECT, INSERT, UPDATE (since, misses) ON gateway.user_code_guess TO :{app_role};
