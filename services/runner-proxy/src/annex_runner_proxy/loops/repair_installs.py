"""Read installs and blocked versions anew now and then: what no event told us, the listings do."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from annex_runner_proxy.actions.follow_installs import rebuild_installs
from annex_runner_proxy.domain.errors import RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash

_FIRST_RETRY_SECONDS = 1.0

log = structlog.get_logger()


async def repair_installs(
    *,
    installs: InstallTable,
    records: InstallRecords,
    every_seconds: float,
    wish: Callable[[ContentHash], None],
    blocked: BlockedVersions,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Rebuild the projections at start and then at intervals; sooner again while the registry is away."""
    retry_seconds = _FIRST_RETRY_SECONDS
    while True:
        try:
            await blocked.catch_up(records.version_statuses)
            await rebuild_installs(installs=installs, records=records)
        except RegistryUnavailable:
            log.warning("installs_not_rebuilt", retry_seconds=retry_seconds)
            await sleep(retry_seconds)
            retry_seconds = min(retry_seconds * 2, every_seconds)
            continue
        retry_seconds = _FIRST_RETRY_SECONDS
        for content_hash in installs.content_hashes():
            wish(content_hash)
        await sleep(every_seconds)
