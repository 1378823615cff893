"""Forget spent id tokens and publish tokens whose time is over."""

from datetime import timedelta

from annex_registry.domain.ports import Records
from annex_shared.clock import Clock

# Until then a token is said to have expired, later to be unknown.
_TOLD_AFTER = timedelta(days=1)


async def forget_tokens(*, records: Records, clock: Clock) -> int:
    now = clock.now()
    async with records.work() as work:
        return await work.trusted_publishing.forget(spent_before=now, tokens_before=now - _TOLD_AFTER)
