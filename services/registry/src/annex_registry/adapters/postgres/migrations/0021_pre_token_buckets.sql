-- How much of an action a principal has left; one row for all replicas, and no fact.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

CREATE TABLE token_bucket(
  principal_id text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 200),
  action text NOT NULL CHECK (action IN ('publish_version', 'create_extension')),
  tokens double precision NOT NULL CHECK (tokens >= 0),
  refilled_at timestamptz NOT NULL,
  -- Whether the last draw was allowed: what the one statement that draws answers with.
  was_allowed boolean NOT NULL,
  PRIMARY KEY (principal_id, action)
);

GRANT SELECT, INSERT, UPDATE ON token_bucket TO registry_app;
RESET ROLE;
