"""Wait until a published version is where others look for it; that it takes a while is never a failure."""

import asyncio
import time

from annex_cli.errors import AnswerNotUnderstood, PlatformRefused, PlatformUnreachable
from annex_cli.platform_client import PlatformClient
from annex_cli.publishing import PublishOutcome

_PAUSE_SECONDS = 0.25


async def visible_after(client: PlatformClient, outcome: PublishOutcome) -> float | None:
    """Return how long it took until version and log proof could be read, None if not within the timeout."""
    started = time.monotonic()
    while time.monotonic() - started < client.timeout_seconds:
        if await _is_visible(client, outcome):
            return time.monotonic() - started
        await asyncio.sleep(_PAUSE_SECONDS)
    return None


async def _is_visible(client: PlatformClient, outcome: PublishOutcome) -> bool:
    is_logged = outcome.receipt is not None and outcome.receipt.log_index is not None
    try:
        row = await client.version(outcome.extension, outcome.version)
        if is_logged:
            await client.proof(outcome.extension, outcome.version)
    except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood):
        return False
    return row.content_hash == outcome.content_hash
