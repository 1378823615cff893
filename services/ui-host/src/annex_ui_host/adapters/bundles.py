"""Bundles from the registry: streamed to a temporary file, hashed on the way, indexed off the event loop."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile

import aiohttp
import structlog

from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.errors import BundleRefused
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_streams
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.http.client import RemoteUnavailable, ServiceClient
from annex_ui_host.domain.errors import (
    AssetNotFound,
    BundleUnreadable,
    IntegrityMismatch,
    RegistryUnavailable,
    VersionBlocked,
)
from annex_ui_host.domain.ui_tree import UiTree

_IN_MEMORY_BYTES = 4 * 1024 * 1024
_STEP_BYTES = 256 * 1024

log = structlog.get_logger()


class RegistryBundles:
    """At most ``concurrent_fetches`` bundles are fetched and indexed at once; ``threads`` has as many."""

    def __init__(
        self,
        client: ServiceClient,
        *,
        threads: ThreadPoolExecutor,
        concurrent_fetches: int,
        fetch_timeout_seconds: float,
        max_ui_bytes: int,
        limits: BundleLimits,
    ) -> None:
        self._client = client
        self._threads = threads
        self._slots = asyncio.Semaphore(concurrent_fetches)
        self._fetch_timeout_seconds = fetch_timeout_seconds
        self._max_ui_bytes = max_ui_bytes
        self._limits = limits

    async def ui_tree(self, content_hash: ContentHash) -> UiTree:
        async with self._slots:
            with SpooledTemporaryFile[bytes](_IN_MEMORY_BYTES) as spool:
                size_bytes = await self._fetch(content_hash, spool)
                spool.seek(0)
                tree = await self._indexed(content_hash, spool)
        log.info(
            "ui_tree_loaded",
            content_hash=str(content_hash),
            archive_bytes=size_bytes,
            files=len(tree.assets),
            ui_bytes=tree.size_bytes,
        )
        return tree

    async def _fetch(self, content_hash: ContentHash, archive: SpooledTemporaryFile[bytes]) -> int:
        """Write the archive and return its size; the bytes are the published ones, or it raises."""
        hasher = ContentHasher()
        async with self._opened(content_hash) as answer:
            async for chunk in answer.content.iter_chunked(_STEP_BYTES):
                hasher.update(chunk)
                if hasher.size_bytes > self._limits.archive_bytes:
                    raise _mismatch(content_hash, "larger than any bundle")
                await asyncio.get_running_loop().run_in_executor(self._threads, archive.write, chunk)
        if hasher.content_hash() != content_hash:
            raise _mismatch(content_hash, str(hasher.content_hash()))
        return hasher.size_bytes

    @asynccontextmanager
    async def _opened(self, content_hash: ContentHash) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._client.stream(
                "GET",
                f"/internal/v1/bundles/{content_hash}",
                timeout_seconds=self._fetch_timeout_seconds,
            ) as answer:
                if answer.status == HTTPStatus.GONE:
                    raise VersionBlocked
                if answer.status == HTTPStatus.NOT_FOUND:
                    raise AssetNotFound
                if answer.status != HTTPStatus.OK:
                    log.warning("registry_unavailable", reason=f"status {answer.status} for a bundle")
                    raise RegistryUnavailable
                yield answer
        except RemoteUnavailable as error:
            log.warning("registry_unavailable", reason=error.message)
            raise RegistryUnavailable from error

    async def _indexed(self, content_hash: ContentHash, archive: ByteSource) -> UiTree:
        """Read the archive in a thread, which cannot be stopped: the slot is held until it has ended."""
        reading = asyncio.get_running_loop().run_in_executor(self._threads, self._read, archive)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            await asyncio.wait({reading})
            raise
        except BundleRefused as error:
            log.warning("bundle_unreadable", content_hash=str(content_hash), reason=error.message)
            raise BundleUnreadable(
                "The bundle behind this address cannot be read. Nothing of it is served.",
                details={"content_hash": str(content_hash)},
            ) from error

    def _read(self, archive: ByteSource) -> UiTree:
        return UiTree.of(iter_streams(archive, self._limits), max_bytes=self._max_ui_bytes)


def _mismatch(content_hash: ContentHash, got: str) -> IntegrityMismatch:
    log.error("bundle_integrity_mismatch", content_hash=str(content_hash), got=got)
    return IntegrityMismatch(
        "The stored bundle does not have the hash it was published with. Nothing of it is served.",
        details={"content_hash": str(content_hash)},
    )
