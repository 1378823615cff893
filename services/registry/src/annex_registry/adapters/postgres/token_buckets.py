"""Token buckets in PostgreSQL: one row per principal and action, drawn from in one statement."""

from dataclasses import dataclass

from asyncpg import Connection

from annex_registry.adapters.postgres.statements import TOKEN_BUCKETS
from annex_registry.domain.publish_rate import LimitedAction, PublishRate


@dataclass(frozen=True, slots=True)
class PostgresTokenBuckets:
    """Meets ``TokenBuckets`` inside one transaction."""

    connection: Connection

    async def draw(self, principal: str, action: LimitedAction, rate: PublishRate) -> float | None:
        row = await self.connection.fetchrow(
            TOKEN_BUCKETS["draw_token"], principal, action.value, rate.burst, rate.per_second
        )
        left: float = row["tokens"]
        return None if row["was_allowed"] else left
