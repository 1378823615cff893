"""Draw from a principal's publish rate; what is drawn stays drawn, whatever becomes of the attempt."""

from annex_registry.domain.ports import Records
from annex_registry.domain.publish_rate import LimitedAction, PublishRate


async def draw_from_rate(
    principal: str, action: LimitedAction, rate: PublishRate | None, *, records: Records
) -> None:
    """Take one token, in a transaction of its own. Raises RateLimited; without a rate nothing is counted."""
    if rate is None:
        return
    async with records.work() as work:
        left = await work.token_buckets.draw(principal, action, rate)
    if left is not None:
        raise rate.refusal(action, left)
