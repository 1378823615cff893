"""Bundles in an S3 bucket: every object is one PUT with `If-None-Match: *`, so none is ever replaced."""

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from aioboto3.session import Session
from botocore.config import Config

from annex_registry.adapters.bundles.layout import (
    BLOBS,
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
from annex_registry.adapters.bundles.object_lock import LockWish
from annex_registry.adapters.bundles.s3_objects import S3Objects, unavailable
from annex_registry.domain.errors import BundleStoreCorrupt, BundleStoreUnavailable
from annex_registry.domain.ports import ByteRange, PresignedPut
from annex_shared.clock import Clock
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.ids import UploadId

_BUNDLE_TYPE = "application/zstd"
_NOTE_TYPE = "text/plain; charset=utf-8"
_FIRST_QUESTION_SECONDS = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where the bucket is and who we are there."""

    bucket: str
    endpoint_url: str | None
    region: str
    access_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class S3Bundles:
    """Meets ``FencedBundleStore``. The store's own word is not enough: what is there is hashed again."""

    client: Any
    bucket: str
    objects: S3Objects

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        key = staging_key(upload_id)
        if not await self.objects.create(key, source, size_bytes, kind=_BUNDLE_TYPE):
            raise BundleStoreCorrupt("The bundle store already holds an upload under this id.")

    @asynccontextmanager
    async def staged(self, upload_id: UploadId) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self.objects.opened(staging_key(upload_id)) as chunks:
            yield chunks

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        key = part_key(upload_id, part)
        if not await self.objects.create(key, source, size_bytes, kind=_BUNDLE_TYPE):
            raise BundleStoreCorrupt("The bundle store already holds a part under this id.")

    @asynccontextmanager
    async def staged_parts(
        self, upload_id: UploadId, parts: Sequence[UUID]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self._joined([part_key(upload_id, part) for part in parts])

    async def presign(
        self, upload_id: UploadId, content_hash: ContentHash, *, size_bytes: int, seconds: int
    ) -> PresignedPut:
        """Sign a PUT of these bytes only. Not every store checks the digest; finalize does in any case."""
        checksum = base64.b64encode(content_hash.digest).decode()
        with unavailable():
            url: str = await self.client.generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self.bucket,
                    "Key": staging_key(upload_id),
                    "ContentLength": size_bytes,
                    "ContentType": _BUNDLE_TYPE,
                    "ChecksumSHA256": checksum,
                    "IfNoneMatch": "*",
                },
                ExpiresIn=seconds,
            )
        headers = {
            "content-length": str(size_bytes),
            "content-type": _BUNDLE_TYPE,
            "if-none-match": "*",
            "x-amz-checksum-sha256": checksum,
        }
        return PresignedPut(url, headers)

    async def discard(self, upload_id: UploadId) -> None:
        await self.objects.discard(staging_key(upload_id))
        async for key, _ in self.objects.listed(parts_prefix(upload_id)):
            await self.objects.discard(key)

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None:
        await self.objects.discard(part_key(upload_id, part))

    async def discard_leftovers(self, *, before: datetime) -> int:
        count = 0
        for place in WAITING:
            async for key, stored_at in self.objects.listed(place):
                if stored_at < before:
                    await self.objects.discard(key)
                    count += 1
        return count

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        key = blob_key(content_hash)
        if await self.objects.create_for_good(
            key, source, size_bytes, kind=_BUNDLE_TYPE, digest=content_hash.digest
        ):
            return True
        if await self.objects.size_of_first(key) != size_bytes or await self._hash_of(key) != content_hash:
            raise BundleStoreCorrupt("The bundle store holds other bytes under this content hash.")
        return False

    @asynccontextmanager
    async def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self.objects.opened_first(blob_key(content_hash), byte_range) as chunks:
            yield chunks

    async def newest_fence(self, *, after: int) -> int | None:
        """List what lies behind ``after``; nearly always that is nothing or one object."""
        start = fence_key(after) if after >= 0 else ""
        keys = [key async for key in self.objects.keys_after(FENCE_PREFIX, start)]
        sizes = [size for size in map(fence_size, keys) if size is not None and size > after]
        return max(sizes, default=None)

    async def fence(self, size: int) -> bytes | None:
        try:
            async with self.objects.opened_first(fence_key(size)) as chunks:
                return b"".join([chunk async for chunk in chunks])
        except BundleStoreCorrupt:
            return None

    async def raise_fence(self, size: int, note: bytes) -> bool:
        return await self.objects.create_for_good(
            fence_key(size),
            io.BytesIO(note),
            len(note),
            kind=_NOTE_TYPE,
            digest=hashlib.sha256(note).digest(),
        )

    async def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        async for key, stored_at in self.objects.listed(BLOBS):
            content_hash = hash_of_key(key)
            if content_hash is not None and stored_at < before:
                yield content_hash

    async def remove_blob(self, content_hash: ContentHash) -> bool:
        return await self.objects.remove(blob_key(content_hash))

    async def ping(self) -> str:
        await self.objects.ping()
        return "s3"

    async def _joined(self, keys: Sequence[str]) -> AsyncIterator[bytes]:
        for key in keys:
            async with self.objects.opened(key) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _hash_of(self, key: str) -> ContentHash:
        hasher = ContentHasher()
        async with self.objects.opened_first(key) as chunks:
            async for chunk in chunks:
                hasher.update(chunk)
        return hasher.content_hash()


@asynccontextmanager
async def open_s3(place: S3Place, *, lock: LockWish, clock: Clock) -> AsyncIterator[S3Bundles]:
    """Open the client of one bucket; it is made neither here nor anywhere in the platform.

    Raises InvalidSettings when a lock is demanded that the bucket does not offer.
    """
    async with s3_client(place) as client:
        objects = S3Objects(client, place.bucket, lock=lock, clock=clock)
        await _settle_lock(objects, lock)
        yield S3Bundles(client, place.bucket, objects)


@asynccontextmanager
async def s3_client(place: S3Place) -> AsyncIterator[Any]:
    session = Session(  # type: ignore[no-untyped-call]  # the library annotates nothing
        aws_access_key_id=place.access_key,
        aws_secret_access_key=place.secret_key,
        region_name=place.region,
    )
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 3, "mode": "standard"},
        # We hash every byte ourselves; checksum trailers are unknown to older stores.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    async with session.client("s3", endpoint_url=place.endpoint_url, config=config) as client:
        yield client


async def _settle_lock(objects: S3Objects, lock: LockWish) -> None:
    """Ask the bucket what it is like; one that is away is asked again before anything is written."""
    try:
        async with asyncio.timeout(_FIRST_QUESTION_SECONDS):
            traits = await objects.traits()
    except (BundleStoreUnavailable, TimeoutError):
        log.warning("bundle_store_not_asked", object_lock=str(lock.mode))
        return
    retention = lock.settle(traits)
    log.info(
        "bundle_store_asked",
        object_lock=retention.mode.lower() if retention else "none",
        is_versioned=traits.is_versioned,
        is_told=traits.is_told,
    )
