"""The predecessor's object store as a directory: a copy of the bucket, keys as paths."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from annex_registry.domain.predecessor import PredecessorUnavailable

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class DirectoryObjects:
    """Meets ``PredecessorStore``; a key that leads out of the directory names nothing."""

    root: Path

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        try:
            file = await asyncio.to_thread(self._open, key)
        except OSError as error:
            raise PredecessorUnavailable(
                f"The directory to import from cannot be read ({error.strerror})."
            ) from error
        if file is None:
            yield None
            return
        with file:
            yield _chunks(file)

    def _open(self, key: str) -> BinaryIO | None:
        if "\0" in key or any(part in ("", ".", "..") for part in key.split("/")):
            return None
        path = self.root / key
        try:
            if not path.resolve(strict=True).is_relative_to(self.root.resolve(strict=True)):
                return None
            file = path.open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            # The directory itself must be there, or everything in it would count as missing.
            self.root.stat()
            return None
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
                return None
            raise
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        return None


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while True:
        try:
            chunk = await asyncio.to_thread(file.read, _CHUNK_BYTES)
        except OSError as error:
            raise PredecessorUnavailable(f"A file to import cannot be read ({error.strerror}).") from error
        if not chunk:
            return
        yield chunk
