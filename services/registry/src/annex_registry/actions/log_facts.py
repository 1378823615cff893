"""Append the leaves of facts: in their transaction, and after the facts of that chain that have none yet."""

import asyncio
from datetime import datetime
from typing import BinaryIO

from annex_registry.domain.errors import BundleStoreCorrupt
from annex_registry.domain.importation import Importation
from annex_registry.domain.ports import TransparencyLog
from annex_registry.domain.transparency import ChainHead, Publication, StatusStatement, creation_entry
from annex_registry.domain.version import Extension
from annex_shared.bundle import BundleLimits
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.bundle.reader import iter_streams
from annex_shared.content_hash import ContentHash
from annex_shared.names import PublisherSlug
from annex_shared.transparency import KeyChange


async def log_version(publication: Publication | Importation, *, log: TransparencyLog) -> int:
    """Append within the publication's transaction and return the index of the version's leaf."""
    head = await _begun_chain(publication.as_created(), log=log)
    return await log.append(publication.extension.id, publication.entry(head))


async def log_status(statement: StatusStatement, *, log: TransparencyLog) -> int:
    """Append within the transaction of the fact and return the index of its leaf."""
    await log_late_statuses(statement.extension, log=log)
    head = await _begun_chain(statement.extension, log=log)
    return await log.append(statement.extension.id, statement.entry(head))


async def log_late_statuses(extension: Extension, *, log: TransparencyLog, through: int | None = None) -> int:
    """Give leaves to facts that an older registry recorded without one, and count them.

    They go before whatever is said next, or the log's last word would not be the newest.
    """
    count = 0
    while True:
        head = await _begun_chain(extension, log=log)
        found = await log.statuses_without_leaf(extension_id=extension.id, through=through, limit=1)
        if not found:
            return count
        index = await log.append(extension.id, found[0].statement.entry(head))
        await log.add_late_status_leaf(found[0].serial, index)
        count += 1


async def log_keys(
    publisher: PublisherSlug, *, log: TransparencyLog, until: datetime | None = None
) -> dict[tuple[str, KeyChange], int]:
    """Give leaves to everything that is recorded of the publisher's keys and has none; tell their indexes."""
    indexes: dict[tuple[str, KeyChange], int] = {}
    while True:
        head = await log.publisher_chain_head(publisher)
        found = await log.keys_without_leaf(publisher=publisher, until=until, limit=1)
        if not found:
            return indexes
        index = await log.append_for_publisher(publisher, found[0].entry(head))
        await log.add_key_leaf(found[0], index)
        indexes[found[0].key_id, found[0].change] = index


async def _begun_chain(extension: Extension, *, log: TransparencyLog) -> ChainHead:
    """Take the extension's place in line; a chain begins with the extension's creation."""
    head = await log.chain_head(extension.id)
    if head.next_seq == 0:
        await log.append(extension.id, creation_entry(extension, head))
        head = await log.chain_head(extension.id)
    return head


async def manifest_hash_of(archive: BinaryIO, limits: BundleLimits) -> ContentHash:
    """Hash manifest.json as it stands in an archive that was judged before."""
    return await asyncio.to_thread(_manifest_hash, archive, limits)


def _manifest_hash(archive: BinaryIO, limits: BundleLimits) -> ContentHash:
    archive.seek(0)
    for stream in iter_streams(archive, limits):
        if stream.path == MANIFEST_PATH:
            return ContentHash.of(stream.read())
    raise BundleStoreCorrupt("The bundle holds no manifest.json, although it was accepted with one.")
