"""Read a bundle's files one after another, without ever writing one to disk."""

from collections.abc import Iterator
from dataclasses import dataclass

from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.entry_names import EntryNames
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.tar_members import BLOCK, next_member
from annex_shared.bundle.zstd_frame import InflatedArchive, corrupt, too_large

_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A file of the bundle with its whole content."""

    path: str
    data: bytes


class EntryStream:
    """A file of the bundle, readable once, until the next entry is asked for."""

    def __init__(self, path: str, size_bytes: int, archive: InflatedArchive) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._left = size_bytes
        self._archive = archive

    @property
    def archive_bytes(self) -> int:
        """How much of the archive has been read for what was given so far."""
        return self._archive.archive_bytes

    def read(self, size: int = -1) -> bytes:
        """Give up to ``size`` bytes, or everything left; nothing means the file has ended."""
        if size < 0:
            return self._archive.read_exactly(self._take(self._left))
        wanted = min(size, self._left)
        part = self._archive.read(wanted) if wanted else b""
        if wanted and not part:
            raise corrupt("the archive ends in the middle of an entry")
        self._take(len(part))
        return part

    def drain(self) -> None:
        while self.read(_STEP):
            pass

    def _take(self, size: int) -> int:
        self._left -= size
        return size


def iter_streams(source: ByteSource, limits: BundleLimits) -> Iterator[EntryStream]:
    """Stream every file in archive order; folders only take their names.

    The archive is judged as it passes, so what was yielded before a refusal must be thrown away. Only an
    iteration that ends has seen a good archive.
    """
    archive = InflatedArchive(source, limits)
    names = EntryNames()
    entries = 0
    while (member := next_member(archive, limits)) is not None:
        entries += 1
        if entries > limits.entries:
            raise too_large("entries", limits.entries, "entries")
        if member.is_folder:
            names.add_folder(member.path)
            continue
        names.add_file(member.path)
        stream = EntryStream(member.path, member.size_bytes, archive)
        yield stream
        stream.drain()
        archive.read_exactly(-member.size_bytes % BLOCK)
    archive.expect_zeros_to_end()


def iter_entries(source: ByteSource, limits: BundleLimits) -> Iterator[BundleEntry]:
    """Give every file with its content; one file at a time is in memory."""
    for stream in iter_streams(source, limits):
        yield BundleEntry(stream.path, stream.read())
