"""Bundles in a directory: written aside, flushed, then linked into a place that must be free."""

import asyncio
import errno
import io
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from annex_registry.adapters.bundles.layout import (
    BLOBS,
    CHUNK_BYTES,
    FENCE_PREFIX,
    WAITING,
    blob_key,
    fence_key,
    fence_size,
    hash_of_key,
    part_key,
    parts_prefix,
    staging_key,
)
from annex_registry.domain.errors import BundleStoreCorrupt, BundleStoreUnavailable
from annex_registry.domain.ports import ByteRange
from annex_shared.clock import NewId
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.ids import UploadId

_INCOMING = "_incoming"
_OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class DirectoryBundles:
    """Meets ``FencedBundleStore``; every file is complete or absent, whenever the process ends."""

    root: Path
    new_id: NewId

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        if not await asyncio.to_thread(self._create, staging_key(upload_id), source, size_bytes):
            raise BundleStoreCorrupt("The bundle store already holds an upload under this id.")

    @asynccontextmanager
    async def staged(self, upload_id: UploadId) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._opened(staging_key(upload_id), None) as chunks:
            yield chunks

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        if not await asyncio.to_thread(self._create, part_key(upload_id, part), source, size_bytes):
            raise BundleStoreCorrupt("The bundle store already holds a part under this id.")

    @asynccontextmanager
    async def staged_parts(
        self, upload_id: UploadId, parts: Sequence[UUID]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self._joined([part_key(upload_id, part) for part in parts])

    async def presign(
        self, upload_id: UploadId, content_hash: ContentHash, *, size_bytes: int, seconds: int
    ) -> None:
        """Return None: a directory has no address."""

    async def discard(self, upload_id: UploadId) -> None:
        with unavailable():
            path = self.root / staging_key(upload_id)
            await asyncio.to_thread(path.unlink, missing_ok=True)
            await asyncio.to_thread(_remove_folder, self.root / parts_prefix(upload_id))

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None:
        with unavailable():
            path = self.root / part_key(upload_id, part)
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def discard_leftovers(self, *, before: datetime) -> int:
        with unavailable():
            return await asyncio.to_thread(self._discard_leftovers, before.timestamp())

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        key = blob_key(content_hash)
        if await asyncio.to_thread(self._create, key, source, size_bytes):
            return True
        if await asyncio.to_thread(self._hash_of, key) != content_hash:
            raise BundleStoreCorrupt("The bundle store holds other bytes under this content hash.")
        return False

    @asynccontextmanager
    async def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._opened(blob_key(content_hash), byte_range) as chunks:
            yield chunks

    async def newest_fence(self, *, after: int) -> int | None:
        with unavailable():
            sizes = await asyncio.to_thread(_fences_in, self.root / FENCE_PREFIX)
        return max((size for size in sizes if size > after), default=None)

    async def fence(self, size: int) -> bytes | None:
        with unavailable(), suppress(FileNotFoundError):
            return await asyncio.to_thread((self.root / fence_key(size)).read_bytes)
        return None

    async def raise_fence(self, size: int, note: bytes) -> bool:
        return await asyncio.to_thread(self._create, fence_key(size), io.BytesIO(note), len(note))

    async def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        with unavailable():
            folders = await asyncio.to_thread(_sorted_names, self.root / BLOBS)
        for folder in folders:
            with unavailable():
                names = await asyncio.to_thread(_old_files, self.root / BLOBS / folder, before.timestamp())
            for name in names:
                content_hash = hash_of_key(f"{BLOBS}{folder}/{name}")
                if content_hash is not None:
                    yield content_hash

    async def remove_blob(self, content_hash: ContentHash) -> bool:
        with unavailable():
            path = self.root / blob_key(content_hash)
            await asyncio.to_thread(path.unlink, missing_ok=True)
            await asyncio.to_thread(_flush_folder, path.parent)
        return True

    async def ping(self) -> str:
        with unavailable():
            await asyncio.to_thread(os.stat, self.root / _INCOMING)
        return "directory"

    def _create(self, key: str, source: BinaryIO, size_bytes: int) -> bool:
        """Create the file unless it exists; a reader never sees a part of it."""
        target = self.root / key
        incoming = self.root / _INCOMING / self.new_id().hex
        with unavailable():
            _make_folders(self.root, target.parent)
            try:
                _write_through(incoming, source, size_bytes)
                try:
                    os.link(incoming, target)
                except FileExistsError:
                    return False
                _flush_folder(target.parent)
                return True
            finally:
                with suppress(FileNotFoundError):
                    incoming.unlink()

    def _discard_leftovers(self, before: float) -> int:
        """Remove old files; a folder that a writer is filling has a new file, so it stays."""
        count = 0
        for place in (_INCOMING, *WAITING):
            for folder, _, names in os.walk(self.root / place, topdown=False):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        if path.stat().st_mtime < before:
                            path.unlink()
                            count += 1
        return count

    async def _joined(self, keys: Sequence[str]) -> AsyncIterator[bytes]:
        for key in keys:
            async with self._opened(key, None) as chunks:
                async for chunk in chunks:
                    yield chunk

    def _hash_of(self, key: str) -> ContentHash:
        hasher = ContentHasher()
        with unavailable(), (self.root / key).open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                hasher.update(chunk)
        return hasher.content_hash()

    @asynccontextmanager
    async def _opened(self, key: str, byte_range: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        with unavailable():
            try:
                file = await asyncio.to_thread((self.root / key).open, "rb")
            except FileNotFoundError:
                raise BundleStoreCorrupt("The bundle store does not hold bytes that were recorded.") from None
        with file:
            yield _chunks(file, byte_range)


def _fences_in(folder: Path) -> list[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return [size for size in map(fence_size, names) if size is not None]


async def _chunks(file: BinaryIO, byte_range: ByteRange | None) -> AsyncIterator[bytes]:
    left = byte_range.size_bytes if byte_range else None
    if byte_range:
        file.seek(byte_range.first)
    while left is None or left > 0:
        with unavailable():
            chunk = await asyncio.to_thread(
                file.read, CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
            )
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def _sorted_names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []


def _old_files(folder: Path, before: float) -> list[str]:
    names = []
    for name in _sorted_names(folder):
        with suppress(FileNotFoundError):
            if (folder / name).stat().st_mtime < before:
                names.append(name)
    return names


def _remove_folder(folder: Path) -> None:
    """Remove a folder of files; a part stored meanwhile makes it stay, and the sweeper comes again."""
    for name in _sorted_names(folder):
        (folder / name).unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
            raise


def _write_through(path: Path, source: BinaryIO, size_bytes: int) -> None:
    """Write a new file and have it on the disk before its name is."""
    written = 0
    source.seek(0)
    with path.open("xb") as file:
        while chunk := source.read(CHUNK_BYTES):
            written += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if written != size_bytes:
        raise BundleStoreCorrupt("Fewer or more bytes than announced came to the bundle store.")


def _make_folders(root: Path, folder: Path) -> None:
    """Create the folders between ``root`` and ``folder``, each durable before the next."""
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_directory(root: Path, *, new_id: NewId) -> DirectoryBundles:
    """Create or open the store. Raises BundleStoreUnavailable for a place that is not ours alone."""
    with unavailable():
        root.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        state = root.lstat()
        if root.is_symlink() or state.st_uid != os.geteuid():
            raise BundleStoreUnavailable(f"The bundle folder {root} is a link or belongs to another user.")
        if state.st_mode & 0o022:
            raise BundleStoreUnavailable(f"The bundle folder {root} can be written by other users.")
        (root / _INCOMING).mkdir(mode=_OWNER_ONLY, exist_ok=True)
    return DirectoryBundles(root, new_id)


@contextmanager
def unavailable() -> Iterator[None]:
    """Say BundleStoreUnavailable for a disk that is full, gone or failing."""
    try:
        yield
    except OSError as error:
        raise BundleStoreUnavailable(
            f"The bundle store cannot be used ({error.strerror}). Nothing was published. Try again later.",
            retry_after_seconds=5,
        ) from error
