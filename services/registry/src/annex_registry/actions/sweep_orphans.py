"""Sweep orphans: remove blobs without a record, and what a process that ended left outside the blobs."""

import structlog

from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_shared.clock import Clock

log = structlog.get_logger()


async def sweep_orphans(
    *, records: Records, bundles: BundleStore, policy: PublishPolicy, clock: Clock
) -> int:
    """Sweep once and count what was removed; safe beside a publish of the very same bytes."""
    before = clock.now() - policy.orphaned_after
    # An upload has ended by then: it is given up when it is as old as ``staged_for``.
    leftovers = await bundles.discard_leftovers(before=before - policy.staged_for)
    orphans = locked = 0
    async for content_hash in bundles.blobs(before=before):
        async with records.work() as work:
            # Held until the blob is gone: a publisher of these bytes waits, and then stores them again.
            if not await work.versions.claim_orphan(content_hash):
                continue
            if await bundles.remove_blob(content_hash):
                orphans += 1
            else:
                # Harmless: nothing refers to it, and whoever publishes these bytes later finds them.
                locked += 1
    if leftovers or orphans or locked:
        log.info("orphans_swept", leftovers=leftovers, blobs=orphans, locked=locked)
    return leftovers + orphans
