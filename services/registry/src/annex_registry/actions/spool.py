"""Hold an archive while it is judged: in memory when small, in an unnamed temporary file otherwise."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO, Self, cast

from annex_shared.content_hash import ContentHash, ContentHasher

_IN_MEMORY_BYTES = 1024 * 1024


class Spool:
    """Counts and hashes what is written; nothing of it is left after the block."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by __exit__
        self._hasher = ContentHasher()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    async def fill(self, chunks: AsyncIterator[bytes], *, limit_bytes: int) -> bool:
        """Take everything; False as soon as it is more than ``limit_bytes``."""
        async for chunk in chunks:
            if self.size_bytes + len(chunk) > limit_bytes:
                return False
            self._hasher.update(chunk)
            if self.size_bytes > _IN_MEMORY_BYTES:
                await asyncio.to_thread(self._file.write, chunk)
            else:
                self._file.write(chunk)
        return True

    def clear(self) -> None:
        """Forget what was written, to begin again."""
        self._file.seek(0)
        self._file.truncate()
        self._hasher = ContentHasher()

    @property
    def size_bytes(self) -> int:
        return self._hasher.size_bytes

    def content_hash(self) -> ContentHash:
        return self._hasher.content_hash()

    def reader(self) -> BinaryIO:
        """Give the content from its first byte."""
        self._file.seek(0)
        return cast("BinaryIO", self._file)
