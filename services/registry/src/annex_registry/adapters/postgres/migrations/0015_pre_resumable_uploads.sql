-- Uploads that arrive in parts, or past us through a presigned address. `parts` names the stored parts in
-- their order; the row is the only thing that says which of them count.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE upload_attempt
  DROP CONSTRAINT upload_attempt_state_check,
  ADD CONSTRAINT upload_attempt_state_check
    CHECK (state IN ('receiving', 'staged', 'published', 'refused', 'aborted', 'expired')),
  ADD COLUMN received_bytes bigint NOT NULL DEFAULT 0,
  ADD COLUMN parts uuid[] NOT NULL DEFAULT '{}',
  -- Until then somebody outside may still write the staged object.
  ADD COLUMN presigned_until timestamptz;
-- Everything recorded before this came whole.
UPDATE upload_attempt SET received_bytes = size_bytes;
ALTER TABLE upload_attempt
  ADD CONSTRAINT upload_attempt_received_check CHECK (received_bytes BETWEEN 0 AND size_bytes);
RESET ROLE;
