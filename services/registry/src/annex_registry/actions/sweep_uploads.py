"""Sweep: remove staged bytes nobody will finalize, and forget attempts whose time is over."""

import structlog

from annex_registry.domain.ports import BundleStore, Records
from annex_shared.clock import Clock

log = structlog.get_logger()

_BATCH = 100


async def sweep_uploads(*, records: Records, bundles: BundleStore, clock: Clock) -> int:
    """Sweep once and count what was removed; safe beside other sweepers and beside a finalize."""
    now = clock.now()
    async with records.work() as work:
        stale = await work.uploads.with_stale_object(now=now, limit=_BATCH)
    for upload_id in stale:
        # Expired first: from then on nobody can publish from these bytes.
        async with records.work() as work:
            await work.uploads.expire(upload_id, now=now)
        await bundles.discard(upload_id)
        async with records.work() as work:
            await work.uploads.object_removed(upload_id, now=now)
    async with records.work() as work:
        forgotten = await work.uploads.forget(now=now)
    if stale or forgotten:
        log.info("uploads_swept", removed=len(stale), forgotten=forgotten)
    return len(stale) + forgotten
