-- Who watched which extension's live lines: one row per session, written before the first line is shown.
CREATE TABLE gateway.extension_debug_session (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_id text NOT NULL,
    extension_id uuid NOT NULL,
    install_id text,
    request_id text,
    kind text NOT NULL CHECK (kind IN ('stream', 'poll')),
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text CHECK (end_reason IN ('limit', 'client', 'shutdown', 'refused', 'slow', 'error')),
    lines bigint,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX extension_debug_session_by_start ON gateway.extension_debug_session (tenant_id, started_at);

ALTER TABLE gateway.extension_debug_session OWNER TO :{owner_role};

-- Once written, who and what cannot change; only the end is added.
GRANT SELECT, INSERT, UPDATE (ended_at, end_reason, lines)
ON gateway.extension_debug_session TO :{app_role};
