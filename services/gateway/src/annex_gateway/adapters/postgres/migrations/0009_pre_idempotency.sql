-- Idempotency keys of runs: written before a run begins, so that no repeat runs twice without anybody knowing.
CREATE TABLE gateway.idempotency_record (
    tenant_id uuid NOT NULL,
    install_id uuid NOT NULL,
    -- SHA-256 of endpoint and key: neither is written down.
    key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    -- Whose run it is; only the same attempt may say how it ended.
    attempt uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'unknown')),
    locked_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status smallint,
    -- Headers and body, sealed; null where they were too large to be kept.
    sealed bytea,
    effects bigint,
    execution_id text,
    is_problem boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, install_id, key_hash),
    CHECK ((state = 'done') = (status IS NOT NULL))
);

CREATE INDEX idempotency_record_by_expiry ON gateway.idempotency_record (expires_at);

ALTER TABLE gateway.idempotency_record OWNER TO :{owner_role};

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.idempotency_record TO :{app_role};
