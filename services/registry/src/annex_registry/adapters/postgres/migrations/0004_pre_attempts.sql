-- Attempts to publish: the record of an upload and of a repeated request. Neither is a published fact; both
-- are forgotten after 30 days.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE upload_attempt(
  id uuid PRIMARY KEY,
  principal_id text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 200),
  tenant_id uuid,
  state text NOT NULL CHECK (state IN ('staged', 'published', 'refused', 'aborted', 'expired')),
  filename text NOT NULL,
  content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  manifest jsonb NOT NULL,
  has_handler boolean NOT NULL,
  -- Set before the staged object is written and cleared after it is removed, so that none is forgotten.
  may_have_object boolean NOT NULL DEFAULT true,
  outcome jsonb,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  forget_at timestamptz NOT NULL
);
CREATE INDEX upload_attempt_with_object ON upload_attempt(expires_at) WHERE may_have_object;
CREATE INDEX upload_attempt_by_forget_at ON upload_attempt(forget_at);

CREATE TABLE idempotency_record(
  principal_id text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 200),
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
  answer jsonb,
  created_at timestamptz NOT NULL,
  forget_at timestamptz NOT NULL,
  PRIMARY KEY (principal_id, key)
);
CREATE INDEX idempotency_record_by_forget_at ON idempotency_record(forget_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON upload_attempt, idempotency_record TO registry_app;
RESET ROLE;
