"""Fetch a bundle to disk while hashing it, and give its handler; nothing unverified is ever read further."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from annex_runner_proxy.adapters.registry import Chunks, Registry
from annex_runner_proxy.domain.errors import BundleUnreadable, IntegrityMismatch, VersionWithoutHandler
from annex_shared.bundle import HANDLER_PATH, BundleLimits, iter_streams
from annex_shared.bundle.errors import BundleRefused
from annex_shared.content_hash import ContentHash, ContentHasher

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BundleSource:
    """Bundles by content hash, through files without a name that vanish with their last descriptor."""

    registry: Registry
    scratch: Path
    limits: BundleLimits

    @asynccontextmanager
    async def handler(self, content_hash: ContentHash) -> AsyncIterator[int]:
        """Give a descriptor at the start of ``dist/main.wasm``.

        Raises BundleNotFound, RegistryUnavailable, IntegrityMismatch, BundleUnreadable and
        VersionWithoutHandler.
        """
        with TemporaryFile(dir=self.scratch) as archive, TemporaryFile(dir=self.scratch) as handler:
            async with self.registry.bundle(content_hash) as chunks:
                await self._receive(chunks, archive, content_hash)
            await asyncio.to_thread(self._extract, archive, handler, content_hash)
            yield handler.fileno()

    async def _receive(self, chunks: Chunks, archive: BinaryIO, content_hash: ContentHash) -> None:
        hasher = ContentHasher()
        async for chunk in chunks:
            hasher.update(chunk)
            if hasher.size_bytes > self.limits.archive_bytes:
                raise IntegrityMismatch(
                    f"The registry sent more than {self.limits.archive_bytes} bytes for {content_hash.short}."
                )
            await asyncio.to_thread(archive.write, chunk)
        if hasher.content_hash() != content_hash:
            raise IntegrityMismatch(
                f"The registry sent other bytes than {content_hash.short} promises; nothing of them was run.",
                details={"expected": str(content_hash), "received": str(hasher.content_hash())},
            )

    def _extract(self, archive: BinaryIO, handler: BinaryIO, content_hash: ContentHash) -> None:
        archive.seek(0)
        found = False
        try:
            for entry in iter_streams(archive, self.limits):
                if entry.path == HANDLER_PATH:
                    found = True
                    while chunk := entry.read(_COPY_BYTES):
                        handler.write(chunk)
        except BundleRefused as error:
            raise BundleUnreadable(f"Bundle {content_hash.short} cannot be unpacked.") from error
        if not found:
            raise VersionWithoutHandler(f"Bundle {content_hash.short} holds no {HANDLER_PATH}.")
        handler.flush()
        os.lseek(handler.fileno(), 0, os.SEEK_SET)
