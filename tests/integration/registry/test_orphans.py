"""Bytes nothing refers to are removed when they are a day old, on a directory and on a real S3."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from annex_registry.actions.sweep_orphans import sweep_orphans
from annex_registry.actions.sweep_uploads import sweep_uploads
from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.adapters.bundles.directory import open_directory
from annex_registry.adapters.postgres.records import PostgresRecords
from annex_registry.domain.errors import BundleStoreCorrupt
from annex_registry.domain.ports import BundleStore
from annex_registry.domain.publish_policy import PublishPolicy
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.messaging.port import Bus
from annex_shared.postgres.pool import open_pool
from integration.registry.test_sweeper import SetClock, sweep
from integration.registry.waiting import until_somebody_waits
from integration.registry.world import World, bundle
from support.stack.addresses import S3Bucket

ORPHAN = b"bytes of a publish that was cut off"


@pytest.fixture(params=["directory", "s3"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, s3_bucket: S3Bucket) -> str:
    if request.param == "directory":
        return (tmp_path / "bundles").as_uri()
    query = urlencode({"endpoint": s3_bucket.endpoint_url, "region": s3_bucket.region})
    return f"s3://{s3_bucket.name}?{query}"


@pytest.fixture
async def store(store_url: str, s3_bucket: S3Bucket) -> AsyncIterator[BundleStore]:
    credentials = StoreCredentials(s3_bucket.access_key, s3_bucket.secret_key)
    async with open_bundle_store(store_url, credentials, new_id=new_id) as store:
        yield store


async def sweep_of(world: World, store: BundleStore, *, hours: float) -> int:
    async with open_pool(world.app_url, application="test", schema="registry") as pool:
        return await sweep_orphans(
            records=PostgresRecords(pool),
            bundles=store,
            policy=PublishPolicy(),
            clock=SetClock(timedelta(hours=hours)),
        )


async def is_there(store: BundleStore, content: bytes) -> bool:
    try:
        async with store.blob(ContentHash.of(content)) as chunks:
            return b"".join([chunk async for chunk in chunks]) == content
    except BundleStoreCorrupt:
        return False


async def test_a_blob_without_a_version_is_removed_after_a_day(
    world: World, bus: Bus, store: BundleStore, store_url: str, s3_bucket: S3Bucket
) -> None:
    content = bundle()
    await store.keep(ContentHash.of(ORPHAN), io.BytesIO(ORPHAN), size_bytes=len(ORPHAN))
    async with world.running(
        bus,
        bundle_store_url=store_url,
        bundle_store_access_key=s3_bucket.access_key,
        bundle_store_secret_key=s3_bucket.secret_key,
    ):
        await world.publish_at_once(content)
    early = await sweep_of(world, store, hours=23)
    was_there = await is_there(store, ORPHAN)

    late = await sweep_of(world, store, hours=25)

    assert (early, was_there, late) == (0, True, 1)
    assert not await is_there(store, ORPHAN)
    assert await is_there(store, content)


async def test_what_was_left_in_staging_is_removed_when_no_upload_can_be_that_old(
    world: World, store: BundleStore
) -> None:
    upload = UploadId(uuid4())
    await store.stage(upload, io.BytesIO(ORPHAN), size_bytes=len(ORPHAN))
    await store.stage_part(upload, uuid4(), io.BytesIO(ORPHAN), size_bytes=len(ORPHAN))
    early = await sweep_of(world, store, hours=47)

    late = await sweep_of(world, store, hours=49)

    assert (early, late) == (0, 2)


async def test_a_half_written_file_is_removed(world: World) -> None:
    store = open_directory(world.folder / "bundles", new_id=new_id)
    left = world.folder / "bundles" / "_incoming" / "0123"
    left.write_bytes(b"half")

    swept = await sweep_of(world, store, hours=49)

    assert (swept, left.exists()) == (1, False)


async def test_an_orphan_is_left_alone_while_its_bytes_are_being_published(registry: World) -> None:
    content = bundle()
    store = open_directory(registry.folder / "bundles", new_id=new_id)
    await store.keep(ContentHash.of(content), io.BytesIO(content), size_bytes=len(content))
    async with registry.database() as connection, connection.transaction():
        await connection.execute("SELECT FROM feed_head WHERE feed = 'registry' FOR UPDATE")
        publishing = asyncio.create_task(registry.publish_at_once(content))
        await until_somebody_waits(connection)

        swept = await sweep_of(registry, store, hours=100)

    answer = await publishing
    assert (swept, answer.status) == (0, 201)
    assert await is_there(store, content)


async def test_a_publish_waits_for_a_sweeper_and_stores_the_bytes_again(registry: World) -> None:
    content = bundle()
    store = open_directory(registry.folder / "bundles", new_id=new_id)
    await store.keep(ContentHash.of(content), io.BytesIO(content), size_bytes=len(content))
    async with (
        open_pool(registry.app_url, application="test", schema="registry") as pool,
        registry.database() as watcher,
    ):
        async with PostgresRecords(pool).work() as work:
            is_claimed = await work.versions.claim_orphan(ContentHash.of(content))
            publishing = asyncio.create_task(registry.publish_at_once(content))
            await until_somebody_waits(watcher)
            await store.remove_blob(ContentHash.of(content))
        answer = await publishing

    assert is_claimed
    assert answer.status == 201
    assert await is_there(store, content)


async def test_every_table_that_needs_blobs_is_known_to_the_sweeper(registry: World) -> None:
    """A table that names content hashes has its line in `blob_is_recorded`, or its blobs are swept."""
    async with registry.database() as connection:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'registry' "
            "AND column_name ~ '(hash|sha256|digest)' AND data_type = 'bytea' ORDER BY table_name"
        )
    # An attempt has its bytes in staging, an index is derived from the bytes of a version; a request's digest
    # and the log's own hashes are none of a bundle.
    needs_no_blob = {
        "bundle_index",
        "upload_attempt",
        "idempotency_record",
        "extension_head",
        "publisher_head",
        "publish_token",
        "log_leaf",
        "log_hash",
    }

    assert {row["table_name"] for row in rows} - needs_no_blob == {"extension_bundle", "imported_bundle"}


async def test_an_open_session_expires_with_its_chunks(registry: World) -> None:
    upload = await registry.uploaded(bundle())
    early = await sweep(registry, hours=23)

    late = await sweep(registry, hours=25)

    answer = await registry.ask("POST", f"{upload}/finalize", {})
    appended = await registry.append(upload, b"x", at=0)
    assert (early, late, registry.files()) == (0, 1, [])
    assert (answer.status, answer.code) == (410, "UPLOAD_EXPIRED")
    assert (appended.status, appended.code) == (410, "UPLOAD_EXPIRED")
    assert (await registry.ask("GET", upload)).body["state"] == "expired"


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 404)])
async def test_an_outcome_is_readable_for_thirty_days(registry: World, days: int, status: int) -> None:
    published = await registry.publish_at_once(bundle(), key="once")
    upload = f"/api/v1/uploads/{published.body['upload_id']}"

    await sweep(registry, hours=24 * days)

    assert (await registry.ask("GET", upload)).status == status
    repeated = await registry.publish_at_once(bundle(), key="once")
    assert repeated.status == (201 if days < 30 else 409)


async def test_an_upload_with_an_address_out_is_swept_after_the_address_is_dead(
    world: World, bus: Bus, s3_bucket: S3Bucket
) -> None:
    query = urlencode({"endpoint": s3_bucket.endpoint_url, "region": s3_bucket.region})
    credentials = StoreCredentials(s3_bucket.access_key, s3_bucket.secret_key)
    url = f"s3://{s3_bucket.name}?{query}"
    async with world.running(
        bus,
        bundle_store_url=url,
        bundle_store_access_key=s3_bucket.access_key,
        bundle_store_secret_key=s3_bucket.secret_key,
    ):
        upload = await world.opened(bundle())
        await world.ask("POST", f"{upload}/presign")
        await world.ask("DELETE", upload)
    # Somebody writes through the address after the upload was given up.
    late_id = UploadId(UUID(upload.rsplit("/", 1)[1]))
    async with open_bundle_store(url, credentials, new_id=new_id) as store:
        await store.stage(late_id, io.BytesIO(ORPHAN), size_bytes=len(ORPHAN))
        async with world.database() as connection:
            kept = await connection.fetchval("SELECT may_have_object FROM upload_attempt")
        async with open_pool(world.app_url, application="test", schema="registry") as pool:
            swept = await sweep_uploads(
                records=PostgresRecords(pool), bundles=store, clock=SetClock(timedelta(minutes=16))
            )
        with pytest.raises(BundleStoreCorrupt):
            async with store.staged(late_id):
                pass

    assert kept
    assert swept == 1
