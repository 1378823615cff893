-- What was changed about who may do what. Entries are added; the gateway can neither alter nor remove one.
CREATE TABLE gateway.identity_change (
    number bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id uuid NOT NULL REFERENCES gateway.tenant (id),
    change text NOT NULL CHECK (char_length(change) BETWEEN 1 AND 64),
    subject text NOT NULL CHECK (char_length(subject) <= 300),
    -- Null is the platform itself, as at a bootstrap.
    actor_principal_id uuid,
    actor_tenant_id uuid,
    actor_credential text NOT NULL,
    request_id text NOT NULL,
    at timestamptz NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

ALTER TABLE gateway.identity_change OWNER TO :{owner_role};
GRANT SELECT, INSERT ON gateway.identity_change TO :{app_role};
