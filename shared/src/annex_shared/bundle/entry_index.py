"""Which files an archive holds and how far it has to be read for each, so that none is unpacked in vain."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.errors import BundleCorrupt
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_streams
from annex_shared.content_hash import ContentHash

_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """A file of a bundle; ``archive_bytes`` is how much of the archive, from its start, holds it whole."""

    path: str
    size_bytes: int
    content_hash: ContentHash
    archive_bytes: int


def index_entries(source: ByteSource, limits: BundleLimits) -> tuple[IndexedEntry, ...]:
    """Read an archive to its end and tell its files in their order. Raises BundleRefused."""
    found = []
    for stream in iter_streams(source, limits):
        hasher = hashlib.sha256()
        while part := stream.read(_STEP):
            hasher.update(part)
        found.append(
            IndexedEntry(stream.path, stream.size_bytes, ContentHash(hasher.digest()), stream.archive_bytes)
        )
    return tuple(found)


def read_indexed(
    source: ByteSource, wanted: Mapping[str, IndexedEntry], limits: BundleLimits
) -> Iterator[tuple[IndexedEntry, bytes]]:
    """Give the wanted files in archive order and in parts, and read nothing behind the last of them.

    Each file is verified: with a wrong digest its last part is not given, and BundleCorrupt is raised.
    """
    left = len(wanted)
    if not left:
        return
    for stream in iter_streams(source, limits):
        entry = wanted.get(stream.path)
        if entry is None:
            continue
        hasher = hashlib.sha256()
        held = b""
        while part := stream.read(_STEP):
            hasher.update(part)
            if held:
                yield entry, held
            held = part
        if hasher.digest() != entry.content_hash.digest:
            raise _changed(entry)
        yield entry, held
        left -= 1
        if not left:
            return
    raise _changed(next(iter(wanted.values())))


def _changed(entry: IndexedEntry) -> BundleCorrupt:
    return BundleCorrupt("The bundle does not hold what its index says.", details={"path": entry.path})
