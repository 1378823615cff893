-- name: draw_token
-- $1 principal_id, $2 action, $3 burst, $4 tokens per second. The database's clock counts for every replica;
-- one that steps back gives nothing and takes nothing.
INSERT INTO token_bucket AS b (principal_id, action, tokens, refilled_at, was_allowed)
VALUES ($1, $2, $3::float8 - 1, statement_timestamp(), true)
ON CONFLICT (principal_id, action) DO UPDATE SET
  was_allowed = least($3::float8, b.tokens + $4::float8 * greatest(
    extract(epoch FROM statement_timestamp() - b.refilled_at)::float8, 0)) >= 1,
  tokens = least($3::float8, b.tokens + $4::float8 * greatest(
    extract(epoch FROM statement_timestamp() - b.refilled_at)::float8, 0))
    - CASE WHEN least($3::float8, b.tokens + $4::float8 * greatest(
        extract(epoch FROM statement_timestamp() - b.refilled_at)::float8, 0)) >= 1 THEN 1 ELSE 0 END,
  refilled_at = greatest(b.refilled_at, statement_timestamp())
RETURNING was_allowed, tokens;
