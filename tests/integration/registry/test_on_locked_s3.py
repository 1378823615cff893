"""Publishing into a bucket with object lock: served is what was published, whatever its owner does."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.adapters.bundles.layout import blob_key
from annex_registry.adapters.bundles.object_lock import LockMode, LockWish
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from annex_shared.settings import InvalidSettings
from integration.registry.auditor import Auditor
from integration.registry.test_on_s3 import client_of, settings_of
from integration.registry.test_orphans import ORPHAN, is_there, sweep_of
from integration.registry.world import World, bundle
from support.stack.addresses import S3Bucket
from support.stack.isolation import Buckets

CONTENT = bundle()
HASH = ContentHash.of(CONTENT)
SERVICE = Caller("service:runner-proxy")


@pytest.fixture
def locking(buckets: Buckets) -> Iterator[S3Bucket]:
    bucket = buckets.create(object_lock=True)
    yield bucket
    buckets.drop(bucket)


def settings(bucket: S3Bucket, mode: str = "governance") -> dict[str, Any]:
    return {**settings_of(bucket), "bundle_object_lock": mode, "bundle_retention_days": 1}


async def test_what_is_served_is_what_was_published_whatever_the_bucket_s_owner_does(
    world: World, bus: Bus, auditor: Auditor, locking: S3Bucket
) -> None:
    served, refused = [], []
    async with world.running(bus, log_key_file=world.log_key_file, **settings(locking)):
        receipt = await world.published(CONTENT)
    for vandalize in (overwrite, hide):
        vandalize(locking, blob_key(HASH))
        async with world.running(bus, log_key_file=world.log_key_file, **settings(locking)):
            answer = await world.ask("GET", f"/internal/v1/bundles/{HASH}", caller=SERVICE)
            served.append(answer.body)
            refused.append((await world.publish_at_once(bundle(marker=b"other"))).code)

    assert auditor.verify(receipt["proof"], CONTENT).index == 1
    assert served == [CONTENT, CONTENT]
    assert refused == ["VERSION_ALREADY_EXISTS"] * 2


async def test_a_log_whose_fences_were_hidden_is_not_signed_from_an_older_place(
    world: World, bus: Bus, auditor: Auditor, locking: S3Bucket
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file, **settings(locking)):
        await world.published(CONTENT)
    with client_of(locking) as owner:
        fences = owner.list_objects_v2(Bucket=locking.name, Prefix="log/")["Contents"]
        for found in fences:
            owner.delete_object(Bucket=locking.name, Key=found["Key"])
    async with open_locked(locking) as store:
        newest = await store.newest_fence(after=-1)

    async with world.running(bus, log_key_file=world.log_key_file, **settings(locking)):
        receipt = await world.published(bundle(version="1.5.0"))

    assert newest == 2
    assert auditor.verify(receipt["proof"], bundle(version="1.5.0"), version="1.5.0").index == 2


async def test_a_locked_orphan_is_swept_past_and_others_are_still_swept(
    world: World, bus: Bus, locking: S3Bucket
) -> None:
    unlocked = b"an orphan from before the lock"
    async with open_locked(locking, LockMode.OFF) as store:
        await store.keep(ContentHash.of(unlocked), io.BytesIO(unlocked), size_bytes=len(unlocked))
    async with open_locked(locking) as store, world.running(bus, **settings(locking)):
        await store.keep(ContentHash.of(ORPHAN), io.BytesIO(ORPHAN), size_bytes=len(ORPHAN))
        await world.published(CONTENT)

        swept = [await sweep_of(world, store, hours=25) for _ in range(2)]

        assert swept == [1, 0]
        assert [await is_there(store, content) for content in (unlocked, ORPHAN, CONTENT)] == [
            False,
            True,
            True,
        ]


async def test_a_registry_that_demands_a_lock_does_not_start_without_one(
    world: World, bus: Bus, s3_bucket: S3Bucket
) -> None:
    with pytest.raises(InvalidSettings, match="the bucket was made without object lock"):
        async with world.running(bus, **settings(s3_bucket, "compliance")):
            pass


def overwrite(bucket: S3Bucket, key: str) -> None:
    with client_of(bucket) as owner:
        owner.put_object(Bucket=bucket.name, Key=key, Body=b"something else")


def hide(bucket: S3Bucket, key: str) -> None:
    with client_of(bucket) as owner:
        owner.delete_object(Bucket=bucket.name, Key=key)


def open_locked(bucket: S3Bucket, mode: LockMode = LockMode.GOVERNANCE) -> Any:
    return open_bundle_store(
        settings_of(bucket)["bundle_store_url"],
        StoreCredentials(bucket.access_key, bucket.secret_key),
        new_id=new_id,
        lock=LockWish(mode, timedelta(days=1)),
    )
