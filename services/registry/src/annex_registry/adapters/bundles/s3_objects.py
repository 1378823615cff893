"""Objects of one S3 bucket that are created once; in a bucket that keeps versions the first one counts.

A store may ignore `If-None-Match` where it keeps versions (Ceph does), and a lock keeps versions, not keys:
whoever may write can put a newer version or a delete marker over a locked one. So nothing here looks at the
newest version of what is created once.
"""

import asyncio
import base64
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, BinaryIO

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from annex_registry.adapters.bundles.layout import CHUNK_BYTES, IN_MEMORY_BYTES
from annex_registry.adapters.bundles.object_lock import BucketTraits, LockWish, ObjectLockMissing, Retention
from annex_registry.domain.errors import BundleStoreCorrupt, BundleStoreUnavailable
from annex_registry.domain.ports import ByteRange
from annex_shared.clock import Clock

_CREATE_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.1
_KNOWN_VERSIONS = 10_000
_DENIED = "AccessDenied"


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of a key, or a delete marker over it."""

    key: str
    id: str
    is_marker: bool


class S3Objects:
    """One bucket. What it is like is asked for once, when it first answers."""

    def __init__(self, client: Any, bucket: str, *, lock: LockWish, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._lock = lock
        self._clock = clock
        self._traits: BucketTraits | None = None
        self._first_versions: OrderedDict[str, str] = OrderedDict()

    async def traits(self) -> BucketTraits:
        if self._traits is None:
            with unavailable():
                self._traits = await self._ask_traits()
        return self._traits

    async def retention(self) -> Retention | None:
        """Return the lock to write with. Raises BundleStoreUnavailable where a demand is not met."""
        try:
            return self._lock.settle(await self.traits())
        except ObjectLockMissing as error:
            raise BundleStoreUnavailable(f"{error} Nothing was published.") from error

    async def create(self, key: str, source: BinaryIO, size_bytes: int, *, kind: str) -> bool:
        """Create an object that only waits here; False when there is one."""
        return await self._put(key, source, size_bytes, {"ContentType": kind}) is not None

    async def create_for_good(
        self, key: str, source: BinaryIO, size_bytes: int, *, kind: str, digest: bytes
    ) -> bool:
        """Create an object that stays, locked where that is offered; False when there is one."""
        retention = await self.retention()
        headers: dict[str, Any] = {"ContentType": kind}
        if retention is not None:
            headers |= {
                "ObjectLockMode": retention.mode,
                "ObjectLockRetainUntilDate": self._clock.now() + retention.period,
                # A store takes a lock only together with a digest of the body.
                "ChecksumSHA256": base64.b64encode(digest).decode(),
            }
        if not (await self.traits()).is_versioned:
            return await self._put(key, source, size_bytes, headers) is not None
        if await self._first_version(key) is not None:
            return False
        created = await self._put(key, source, size_bytes, headers)
        # Every writer of a race asks afterwards, and all see the same first one.
        return created is not None and created == await self._first_version(key)

    @asynccontextmanager
    async def opened(
        self, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream an object that waits here. Raises BundleStoreCorrupt when it is not there."""
        with unavailable():
            body = await self._get(key, byte_range, {})
        if body is None:
            raise _not_held()
        async with _closing(body) as chunks:
            yield chunks

    @asynccontextmanager
    async def opened_first(
        self, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream what was created first under a key. Raises BundleStoreCorrupt when nothing was."""
        with unavailable():
            body = await self._get(key, byte_range, await self._pin(key))
            if body is None and self._first_versions.pop(key, None) is not None:
                # Another replica removed an orphan since, and the bytes may have come again.
                body = await self._get(key, byte_range, await self._pin(key))
        if body is None:
            raise _not_held()
        async with _closing(body) as chunks:
            yield chunks

    async def size_of_first(self, key: str) -> int:
        with unavailable():
            found = await self._client.head_object(Bucket=self._bucket, Key=key, **await self._pin(key))
        size: int = found["ContentLength"]
        return size

    async def listed(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        """List key and time of every object below a prefix; removing while listing is fine."""
        after = ""
        while True:
            with unavailable():
                found = await self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=prefix, StartAfter=after
                )
            for entry in found.get("Contents", []):
                after = entry["Key"]
                yield after, entry["LastModified"]
            if not found.get("IsTruncated"):
                return

    async def keys_after(self, prefix: str, start: str) -> AsyncIterator[str]:
        """List the keys behind ``start``, also those that somebody put a delete marker over."""
        if (await self.traits()).is_versioned:
            async for version in self._versions(prefix, after=start):
                if not version.is_marker:
                    yield version.key
            return
        while True:
            with unavailable():
                page = await self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=prefix, StartAfter=start
                )
            for found in page.get("Contents", []):
                start = found["Key"]
                yield start
            if not page.get("IsTruncated"):
                return

    async def discard(self, key: str) -> None:
        """Remove what only waited here; where a lock keeps the bytes, they are out of sight at least."""
        if not await self.remove(key):
            with unavailable():
                await self._client.delete_object(Bucket=self._bucket, Key=key)

    async def remove(self, key: str) -> bool:
        """Remove every version of a key; False when a lock keeps one of them."""
        self._first_versions.pop(key, None)
        if not (await self.traits()).is_versioned:
            with unavailable():
                await self._client.delete_object(Bucket=self._bucket, Key=key)
            return True
        found = [version async for version in self._versions(key) if version.key == key]
        # Markers last: while a version is left, whoever looks at the newest finds nothing new.
        return all([await self._remove_version(it) for it in sorted(found, key=lambda it: it.is_marker)])

    async def ping(self) -> None:
        with unavailable():
            await self._client.head_bucket(Bucket=self._bucket)

    async def _ask_traits(self) -> BucketTraits:
        try:
            versioning = await self._client.get_bucket_versioning(Bucket=self._bucket)
            offers_lock = await self._offers_lock()
        except ClientError as error:
            if _code(error) != _DENIED:
                raise
            return BucketTraits(is_versioned=False, offers_lock=False, is_told=False)
        return BucketTraits(versioning.get("Status") == "Enabled", offers_lock)

    async def _offers_lock(self) -> bool:
        try:
            found = await self._client.get_object_lock_configuration(Bucket=self._bucket)
        except ClientError as error:
            # A store that knows no lock says so in words of its own; a missing bucket is no answer.
            if _code(error) in ("ObjectLockConfigurationNotFoundError", "NotImplemented", "MethodNotAllowed"):
                return False
            raise
        enabled: bool = found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"
        return enabled

    async def _put(self, key: str, source: BinaryIO, size_bytes: int, headers: dict[str, Any]) -> str | None:
        """Create an object and return its version, empty where there are none; None when there is one."""
        with unavailable():
            for _ in range(_CREATE_ATTEMPTS):
                source.seek(0)
                try:
                    stored = await self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=source.read() if size_bytes <= IN_MEMORY_BYTES else source,
                        ContentLength=size_bytes,
                        IfNoneMatch="*",
                        **headers,
                    )
                except ClientError as error:
                    if _status(error) == HTTPStatus.PRECONDITION_FAILED:
                        return None
                    if _status(error) != HTTPStatus.CONFLICT:
                        raise
                    # Another PUT of the key is under way; which one wins is not decided yet.
                    await asyncio.sleep(_CONFLICT_PAUSE_SECONDS)
                else:
                    version: str = stored.get("VersionId", "")
                    return version
        raise BundleStoreUnavailable(
            "The bundle store keeps refusing concurrent writes.", retry_after_seconds=1
        )

    async def _get(self, key: str, byte_range: ByteRange | None, pin: dict[str, str]) -> Any:
        wanted = {"Range": f"bytes={byte_range.first}-{byte_range.last}"} if byte_range else {}
        try:
            found = await self._client.get_object(Bucket=self._bucket, Key=key, **wanted, **pin)
        except ClientError as error:
            if _status(error) == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found["Body"]

    async def _pin(self, key: str) -> dict[str, str]:
        """Name the version to read; nothing to name where the bucket keeps none."""
        if not (await self.traits()).is_versioned:
            return {}
        version = self._first_versions.get(key) or await self._first_version(key)
        if version is None:
            return {}
        self._first_versions[key] = version
        self._first_versions.move_to_end(key)
        if len(self._first_versions) > _KNOWN_VERSIONS:
            self._first_versions.popitem(last=False)
        return {"VersionId": version}

    async def _first_version(self, key: str) -> str | None:
        first = None
        # The newest comes first.
        async for version in self._versions(key):
            if version.key == key and not version.is_marker:
                first = version.id
        return first

    async def _versions(self, prefix: str, *, after: str = "") -> AsyncIterator[StoredVersion]:
        place = {"KeyMarker": after} if after else {}
        while True:
            with unavailable():
                page = await self._client.list_object_versions(Bucket=self._bucket, Prefix=prefix, **place)
            for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
                for found in page.get(kind, []):
                    yield StoredVersion(found["Key"], found["VersionId"], is_marker)
            if not page.get("IsTruncated"):
                return
            place = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    async def _remove_version(self, version: StoredVersion) -> bool:
        with unavailable():
            try:
                await self._client.delete_object(Bucket=self._bucket, Key=version.key, VersionId=version.id)
            except ClientError as error:
                if _code(error) != _DENIED:
                    raise
                return False
        return True


@asynccontextmanager
async def _closing(body: Any) -> AsyncIterator[AsyncIterator[bytes]]:
    try:
        yield _chunks(body)
    finally:
        body.close()


async def _chunks(body: Any) -> AsyncIterator[bytes]:
    with unavailable():
        while chunk := await body.read(CHUNK_BYTES):
            yield chunk


def _not_held() -> BundleStoreCorrupt:
    return BundleStoreCorrupt("The bundle store does not hold bytes that were recorded.")


def _status(error: ClientError) -> int:
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "")
    return code


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
