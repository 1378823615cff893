"""Faults in the middle of a publish: failed and not stored, failed but stored; the repeat decides."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

import pytest

from annex_registry.actions.finalize_upload import finalize_upload
from annex_registry.adapters.bundles.directory import DirectoryBundles, open_directory
from annex_registry.adapters.postgres.records import PostgresRecords
from annex_registry.domain.errors import BundleStoreUnavailable, RegistryBusy
from annex_registry.domain.ports import ByteRange
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.upload import parse_upload_key
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.postgres.pool import open_pool
from integration.registry.world import ADMIN, World, bundle


class FaultyBundles:
    """A bundle store that fails when it keeps a blob, before or after having stored it."""

    def __init__(self, store: DirectoryBundles, *, stores_first: bool) -> None:
        self._store = store
        self._stores_first = stores_first

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        await self._store.stage(upload_id, source, size_bytes=size_bytes)

    def staged(self, upload_id: UploadId) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._store.staged(upload_id)

    async def discard(self, upload_id: UploadId) -> None:
        raise BundleStoreUnavailable(f"The store that holds {upload_id} is away.")

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        await self._store.stage_part(upload_id, part, source, size_bytes=size_bytes)

    def staged_parts(
        self, upload_id: UploadId, parts: Sequence[UUID]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._store.staged_parts(upload_id, parts)

    async def presign(
        self, upload_id: UploadId, content_hash: ContentHash, *, size_bytes: int, seconds: int
    ) -> None:
        await self._store.presign(upload_id, content_hash, size_bytes=size_bytes, seconds=seconds)

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None:
        await self._store.discard_part(upload_id, part)

    async def discard_leftovers(self, *, before: datetime) -> int:
        return await self._store.discard_leftovers(before=before)

    def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        return self._store.blobs(before=before)

    async def remove_blob(self, content_hash: ContentHash) -> None:
        await self._store.remove_blob(content_hash)

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        if self._stores_first:
            await self._store.keep(content_hash, source, size_bytes=size_bytes)
        raise BundleStoreUnavailable("The store is away.")

    def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._store.blob(content_hash, byte_range)

    async def ping(self) -> str:
        return "faulty"


async def finalized(world: World, key: str, bundles: FaultyBundles | DirectoryBundles) -> FinalizeOutcome:
    async with open_pool(world.app_url, application="test", schema="registry") as pool:
        return await finalize_upload(
            FinalizeCommand(parse_upload_key(key), request_id="req_test"),
            caller=ADMIN,
            records=PostgresRecords(pool),
            bundles=bundles,
            policy=PublishPolicy(is_signature_required=False, may_create_publisher=True),
            signed=SignedSize(has_key=False),
            clock=SystemClock(),
            new_id=new_id,
        )


@pytest.mark.parametrize("stores_first", [False, True], ids=["failed-not-stored", "failed-but-stored"])
async def test_a_store_that_fails_in_the_middle_publishes_nothing_and_the_repeat_does(
    registry: World, *, stores_first: bool
) -> None:
    store = open_directory(registry.folder / "bundles", new_id=new_id)
    key = await registry.staged(bundle())
    before = await registry.facts()

    with pytest.raises(BundleStoreUnavailable):
        await finalized(registry, key, FaultyBundles(store, stores_first=stores_first))

    after = await registry.facts()
    assert {**after, "files": 0} == {**before, "files": 0}
    assert (await registry.finalize(key)).status == 200
    assert len(registry.files()) == 1


async def test_staged_bytes_that_cannot_be_removed_do_not_undo_a_publish(registry: World) -> None:
    store = open_directory(registry.folder / "bundles", new_id=new_id)
    content = bundle()
    key = await registry.staged(content)
    await store.keep(ContentHash.of(content), io.BytesIO(content), size_bytes=len(content))

    class NoRemoval(FaultyBundles):
        async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
            return await store.keep(content_hash, source, size_bytes=size_bytes)

    outcome = await finalized(registry, key, NoRemoval(store, stores_first=True))

    assert not outcome.is_replay
    assert len(registry.files()) == 2
    assert (await registry.finalize(key)).headers["Idempotency-Replayed"] == "true"


async def test_staged_bytes_that_were_changed_are_never_published(registry: World) -> None:
    key = await registry.staged(bundle())
    staged = registry.folder / "bundles" / registry.files()[0]
    staged.write_bytes(bytes(staged.stat().st_size))
    before = await registry.facts()

    answer = await registry.finalize(key)

    assert (answer.status, answer.code) == (500, "BUNDLE_STORE_CORRUPT")
    assert await registry.facts() == before


async def test_a_number_held_too_long_by_another_is_no_refusal(registry: World) -> None:
    receipt = await registry.published()
    key = await registry.staged(bundle(version="2.0.0"))
    async with registry.database() as connection:
        transaction = connection.transaction()
        await transaction.start()
        # As a publisher leaves it that claimed the number and then hangs.
        await connection.execute(
            "INSERT INTO extension_version VALUES (gen_random_uuid(), $1, '2.0.0', DEFAULT, 'x', '{}', NULL, "
            "false, 'x', now())",
            UUID(receipt["extension"]["id"]),
        )
        waiting = await registry.finalize(key)
        await transaction.rollback()

    assert (waiting.status, waiting.code) == (503, "REGISTRY_BUSY")
    assert waiting.headers["retry-after"] == "1"
    assert waiting.body["retryable"] is True
    assert (await registry.finalize(key)).status == 200


async def test_while_the_database_is_away_requests_are_told_to_come_back(registry: World) -> None:
    async with open_pool(registry.app_url, application="test", schema="registry") as pool:
        await pool.close()

        with pytest.raises(RegistryBusy):
            async with PostgresRecords(pool).work():
                pass
