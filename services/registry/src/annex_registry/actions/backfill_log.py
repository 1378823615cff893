"""Give a leaf to versions that were published before the log existed."""

import structlog

from annex_registry.actions.log_version import log_version, manifest_hash_of
from annex_registry.actions.spool import Spool
from annex_registry.domain.errors import BundleStoreCorrupt
from annex_registry.domain.ports import BundleStore, Records, TransparencyLog
from annex_registry.domain.transparency import Publication, UnloggedVersion
from annex_shared.bundle import BundleLimits
from annex_shared.content_hash import ContentHash
from annex_shared.transparency import LoggedBundle

events = structlog.get_logger()


async def backfill_log(*, records: Records, bundles: BundleStore, limits: BundleLimits) -> int:
    """Append the missing leaves in the order of publication and count them.

    One transaction a version, so a start that is cut short goes on where it stopped. A version whose bytes
    are gone or changed is told and left out: the log must not vouch for what nobody can read.
    """
    count, after = 0, 0
    while True:
        async with records.work() as work:
            await work.log.lock_backfill()
            found = await work.log.versions_without_leaf(after=after, limit=1)
            if not found:
                break
            after = found[0].serial
            count += await _log_late(found[0], log=work.log, bundles=bundles, limits=limits)
    if count:
        events.info("log_backfilled", versions=count)
    return count


async def _log_late(
    unlogged: UnloggedVersion, *, log: TransparencyLog, bundles: BundleStore, limits: BundleLimits
) -> int:
    try:
        manifest_hash = await _manifest_hash(unlogged, bundles=bundles, limits=limits)
    except BundleStoreCorrupt as error:
        _tell_left_out(unlogged, error)
        return 0
    index = await log_version(_publication(unlogged, manifest_hash), log=log)
    await log.add_late_leaf(unlogged.version.id, index)
    return 1


def _tell_left_out(unlogged: UnloggedVersion, error: BundleStoreCorrupt) -> None:
    version = unlogged.version
    events.error(
        "log_backfill_left_out",
        extension=str(version.extension.ref),
        version=str(version.number),
        detail=error.message,
    )


async def _manifest_hash(
    unlogged: UnloggedVersion, *, bundles: BundleStore, limits: BundleLimits
) -> ContentHash:
    version = unlogged.version
    with Spool() as spool:
        async with bundles.blob(version.content_hash) as chunks:
            is_whole = await spool.fill(chunks, limit_bytes=version.size_bytes)
        if not is_whole or spool.content_hash() != version.content_hash:
            raise BundleStoreCorrupt(
                "The bundle is not the one that was published, so the transparency log cannot take it up."
            )
        return await manifest_hash_of(spool.reader(), limits)


def _publication(unlogged: UnloggedVersion, manifest_hash: ContentHash) -> Publication:
    version = unlogged.version
    return Publication(
        extension=version.extension,
        number=version.number,
        bundle=LoggedBundle(version.content_hash, version.size_bytes),
        manifest_hash=manifest_hash,
        signature=unlogged.signature,
        at=version.published_at,
    )
