-- What administrators set, as a history that only grows: the newest row of a target is its state.
-- A target is a place a ruling holds at, or a kill switch. Without a tenant a row is about the whole platform.
CREATE TABLE gateway.control_change (
    revision bigint PRIMARY KEY CHECK (revision > 0),
    -- The change it was made upon; 0 for the first. Two changes never follow the same one.
    previous bigint NOT NULL CHECK (previous >= 0 AND previous < revision),
    target text NOT NULL CHECK (char_length(target) BETWEEN 1 AND 200),
    tenant_id uuid,
    -- What holds now; null says nothing any more.
    document jsonb,
    before jsonb,
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    principal_id uuid NOT NULL,
    key_id text NOT NULL,
    request_id text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (target, previous)
);

CREATE INDEX control_change_by_target ON gateway.control_change (target text_pattern_ops, revision DESC);

CREATE FUNCTION gateway.refuse_control_rewrite() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of controls only grows' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER control_change_only_grows
BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.control_change
FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_control_rewrite();

ALTER TABLE gateway.control_change OWNER TO :{owner_role};
ALTER FUNCTION gateway.refuse_control_rewrite() OWNER TO :{owner_role};

GRANT SELECT, INSERT ON gateway.control_change TO :{app_role};
