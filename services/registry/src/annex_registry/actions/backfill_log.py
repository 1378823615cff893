"""Give leaves to versions, statuses and keys that an older registry recorded without one."""

import structlog

from annex_registry.actions.log_facts import (
    log_keys,
    log_late_statuses,
    log_version,
    manifest_hash_of,
)
from annex_registry.actions.spool import Spool
from annex_registry.domain.errors import BundleStoreCorrupt
from annex_registry.domain.ports import BundleStore, Records, TransparencyLog
from annex_registry.domain.transparency import KeyStatement, Publication, UnloggedStatus, UnloggedVersion
from annex_shared.bundle import BundleLimits
from annex_shared.content_hash import ContentHash
from annex_shared.transparency import LoggedBundle

events = structlog.get_logger()


async def backfill_log(*, records: Records, bundles: BundleStore, limits: BundleLimits) -> int:
    """Append the missing leaves in the order in which the facts became true and count them.

    One transaction a fact, so a start that is cut short goes on where it stopped. A version whose bytes
    are gone or changed is told and left out: the log must not vouch for what nobody can read.
    """
    count, after = 0, 0
    while True:
        async with records.work() as work:
            await work.log.lock_backfill()
            oldest = await _oldest(work.log, after=after)
            if oldest is None:
                break
            if isinstance(oldest, UnloggedVersion):
                after = oldest.serial
                count += await _log_late(oldest, log=work.log, bundles=bundles, limits=limits)
            elif isinstance(oldest, UnloggedStatus):
                extension = oldest.statement.extension
                count += await log_late_statuses(extension, log=work.log, through=oldest.serial)
            else:
                count += len(await log_keys(oldest.publisher, log=work.log, until=oldest.at))
    if count:
        events.info("log_backfilled", facts=count)
    return count


async def _oldest(
    log: TransparencyLog, *, after: int
) -> UnloggedVersion | UnloggedStatus | KeyStatement | None:
    """Find what was first without a leaf: versions and statuses by feed, keys among them by time."""
    versions = await log.versions_without_leaf(after=after, limit=1)
    statuses = await log.statuses_without_leaf(extension_id=None, through=None, limit=1)
    keys = await log.keys_without_leaf(publisher=None, until=None, limit=1)
    in_feed: list[UnloggedVersion | UnloggedStatus] = [*versions, *statuses]
    if not in_feed:
        return keys[0] if keys else None
    first = min(in_feed, key=lambda fact: fact.serial)
    at = first.version.published_at if isinstance(first, UnloggedVersion) else first.statement.at
    return keys[0] if keys and keys[0].at <= at else first


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
