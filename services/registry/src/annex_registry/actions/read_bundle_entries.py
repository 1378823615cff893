"""Read single files and folders of a published bundle: the archive only as far as it has to be."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import BinaryIO

from annex_registry.actions.spool import Spool
from annex_registry.domain.errors import BundleEntryNotFound, BundleStoreCorrupt
from annex_registry.domain.ports import BundleStore, ByteRange, Records
from annex_shared.bundle import BundleLimits, IndexedEntry, index_entries, read_indexed
from annex_shared.bundle.errors import BundleRefused
from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown

Part = tuple[IndexedEntry, bytes]


async def index_of_bundle(
    content_hash: ContentHash, *, records: Records, bundles: BundleStore, limits: BundleLimits
) -> tuple[IndexedEntry, ...]:
    """Return what a published bundle holds; whoever asks first has the whole archive read and verified."""
    async with records.work() as work:
        known = await work.bundle_indexes.find(content_hash)
    if known is not None:
        return known
    with Spool() as spool:
        async with bundles.blob(content_hash) as chunks:
            is_whole = await spool.fill(chunks, limit_bytes=limits.archive_bytes)
        if not is_whole or spool.content_hash() != content_hash:
            raise BundleStoreCorrupt("The bundle store holds other bytes than were recorded.")
        entries = await asyncio.to_thread(index_entries, spool.reader(), limits)
    async with records.work() as work:
        await work.bundle_indexes.add(content_hash, entries)
    return entries


def entry_at(path: str, index: Sequence[IndexedEntry]) -> IndexedEntry:
    """Look a file up by exactly its path. Raises BundleEntryNotFound."""
    for entry in index:
        if entry.path == path:
            return entry
    raise _not_found("file", path)


def entries_below(folder: str, index: Sequence[IndexedEntry]) -> list[IndexedEntry]:
    """List the files of a folder and its folders. Raises BundleEntryNotFound where there are none."""
    prefix = folder.rstrip("/") + "/"
    found = [entry for entry in index if entry.path.startswith(prefix)]
    if not found:
        raise _not_found("folder", folder)
    return found


@asynccontextmanager
async def opened_entries(
    content_hash: ContentHash, entries: Sequence[IndexedEntry], *, bundles: BundleStore, limits: BundleLimits
) -> AsyncIterator[AsyncIterator[Part]]:
    """Stream files in archive order, each verified before its last part is given.

    Of the archive only the beginning that holds them is fetched; nothing is unpacked but what is given.
    Raises BundleStoreCorrupt, perhaps half-way, for other bytes than were recorded.
    """
    needed = ByteRange(0, max(entry.archive_bytes for entry in entries) - 1)
    with Spool() as spool:
        async with bundles.blob(content_hash, needed) as chunks:
            if not await spool.fill(chunks, limit_bytes=needed.size_bytes):
                raise _changed()
        wanted = {entry.path: entry for entry in entries}
        yield _parts(spool.reader(), wanted, limits)


async def _parts(
    archive: BinaryIO, wanted: dict[str, IndexedEntry], limits: BundleLimits
) -> AsyncIterator[Part]:
    parts = read_indexed(archive, wanted, limits)
    while (part := await asyncio.to_thread(_next, parts)) is not None:
        yield part


def _next(parts: Iterator[Part]) -> Part | None:
    try:
        return next(parts, None)
    except BundleRefused:
        raise _changed() from None


def _changed() -> BundleStoreCorrupt:
    return BundleStoreCorrupt("The bundle store holds other bytes than were recorded.")


def _not_found(kind: str, path: str) -> BundleEntryNotFound:
    return BundleEntryNotFound(
        f'The bundle holds no {kind} "{shown(path, limit=80)}". Its index lists what it holds.',
        details={"path": shown(path)},
    )
