"""Bundles in an S3 bucket: every object is one PUT with `If-None-Match: *`, so none is ever replaced."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, BinaryIO
from uuid import UUID

import aiohttp
from aioboto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from annex_registry.adapters.bundles.layout import (
    BLOBS,
    CHUNK_BYTES,
    FENCE_PREFIX,
    IN_MEMORY_BYTES,
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
from annex_registry.domain.ports import ByteRange, PresignedPut
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.ids import UploadId

_CREATE_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.1
_BUNDLE_TYPE = "application/zstd"
_NOTE_TYPE = "text/plain; charset=utf-8"


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

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        if not await self._create(staging_key(upload_id), source, size_bytes):
            raise BundleStoreCorrupt("The bundle store already holds an upload under this id.")

    @asynccontextmanager
    async def staged(self, upload_id: UploadId) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._opened(staging_key(upload_id), None) as chunks:
            yield chunks

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        if not await self._create(part_key(upload_id, part), source, size_bytes):
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
        with unavailable():
            await self.client.delete_object(Bucket=self.bucket, Key=staging_key(upload_id))
        async for key, _ in self._listed(parts_prefix(upload_id)):
            await self._remove(key)

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None:
        await self._remove(part_key(upload_id, part))

    async def discard_leftovers(self, *, before: datetime) -> int:
        count = 0
        for place in WAITING:
            async for key, stored_at in self._listed(place):
                if stored_at < before:
                    await self._remove(key)
                    count += 1
        return count

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        key = blob_key(content_hash)
        if await self._create(key, source, size_bytes):
            return True
        if await self._size_of(key) != size_bytes or await self._hash_of(key) != content_hash:
            raise BundleStoreCorrupt("The bundle store holds other bytes under this content hash.")
        return False

    @asynccontextmanager
    async def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._opened(blob_key(content_hash), byte_range) as chunks:
            yield chunks

    async def newest_fence(self, *, after: int) -> int | None:
        """List what lies behind ``after``; nearly always that is nothing or one object."""
        newest: int | None = None
        start = fence_key(after) if after >= 0 else ""
        with unavailable():
            while True:
                page = await self.client.list_objects_v2(
                    Bucket=self.bucket, Prefix=FENCE_PREFIX, StartAfter=start
                )
                keys = [found["Key"] for found in page.get("Contents", [])]
                sizes = [size for size in map(fence_size, keys) if size is not None and size > after]
                newest = max(sizes, default=newest)
                if not page.get("IsTruncated"):
                    return newest
                start = keys[-1]

    async def fence(self, size: int) -> bytes | None:
        with unavailable():
            try:
                found = await self.client.get_object(Bucket=self.bucket, Key=fence_key(size))
            except ClientError as error:
                if _status(error) == HTTPStatus.NOT_FOUND:
                    return None
                raise
            note: bytes = await found["Body"].read()
            return note

    async def raise_fence(self, size: int, note: bytes) -> bool:
        return await self._create(fence_key(size), io.BytesIO(note), len(note), kind=_NOTE_TYPE)

    async def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        async for key, stored_at in self._listed(BLOBS):
            content_hash = hash_of_key(key)
            if content_hash is not None and stored_at < before:
                yield content_hash

    async def remove_blob(self, content_hash: ContentHash) -> None:
        await self._remove(blob_key(content_hash))

    async def ping(self) -> str:
        with unavailable():
            await self.client.head_bucket(Bucket=self.bucket)
        return "s3"

    async def _create(self, key: str, source: BinaryIO, size_bytes: int, *, kind: str = _BUNDLE_TYPE) -> bool:
        with unavailable():
            for _ in range(_CREATE_ATTEMPTS):
                source.seek(0)
                try:
                    await self.client.put_object(
                        Bucket=self.bucket,
                        Key=key,
                        Body=source.read() if size_bytes <= IN_MEMORY_BYTES else source,
                        ContentLength=size_bytes,
                        ContentType=kind,
                        IfNoneMatch="*",
                    )
                except ClientError as error:
                    if _status(error) == HTTPStatus.PRECONDITION_FAILED:
                        return False
                    if _status(error) != HTTPStatus.CONFLICT:
                        raise
                    # Another PUT of the key is under way; which one wins is not decided yet.
                    await asyncio.sleep(_CONFLICT_PAUSE_SECONDS)
                else:
                    return True
        raise BundleStoreUnavailable(
            "The bundle store keeps refusing concurrent writes.", retry_after_seconds=1
        )

    async def _listed(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        """List key and time of every object below a prefix; removing while listing is fine."""
        after = ""
        while True:
            with unavailable():
                found = await self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
            for entry in found.get("Contents", []):
                after = entry["Key"]
                yield after, entry["LastModified"]
            if not found.get("IsTruncated"):
                return

    async def _remove(self, key: str) -> None:
        with unavailable():
            await self.client.delete_object(Bucket=self.bucket, Key=key)

    async def _joined(self, keys: Sequence[str]) -> AsyncIterator[bytes]:
        for key in keys:
            async with self._opened(key, None) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _size_of(self, key: str) -> int:
        with unavailable():
            found = await self.client.head_object(Bucket=self.bucket, Key=key)
        size: int = found["ContentLength"]
        return size

    async def _hash_of(self, key: str) -> ContentHash:
        hasher = ContentHasher()
        async with self._opened(key, None) as chunks:
            async for chunk in chunks:
                hasher.update(chunk)
        return hasher.content_hash()

    @asynccontextmanager
    async def _opened(self, key: str, byte_range: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        wanted = {"Range": f"bytes={byte_range.first}-{byte_range.last}"} if byte_range else {}
        with unavailable():
            try:
                found = await self.client.get_object(Bucket=self.bucket, Key=key, **wanted)
            except ClientError as error:
                if _status(error) != HTTPStatus.NOT_FOUND:
                    raise
                raise BundleStoreCorrupt("The bundle store does not hold bytes that were recorded.") from None
        body = found["Body"]
        try:
            yield _chunks(body)
        finally:
            body.close()


async def _chunks(body: Any) -> AsyncIterator[bytes]:
    with unavailable():
        while chunk := await body.read(CHUNK_BYTES):
            yield chunk


def _status(error: ClientError) -> int:
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status


@asynccontextmanager
async def open_s3(place: S3Place) -> AsyncIterator[S3Bundles]:
    """Open the client of one bucket; it is made neither here nor anywhere in the platform."""
    async with s3_client(place) as client:
        yield S3Bundles(client, place.bucket)


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


@contextmanager
def unavailable() -> Iterator[None]:
    """Say BundleStoreUnavailable for a store that is away or refuses us; its own words may name hosts."""
    try:
        yield
    except (BotoCoreError, ClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise BundleStoreUnavailable(
            "The bundle store did not answer as it should. Nothing was published. Try again later.",
            retry_after_seconds=5,
        ) from error
