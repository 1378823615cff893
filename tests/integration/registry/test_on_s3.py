"""Publishing on a real S3: the same promises, and what happens while the store is away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config

from annex_shared.content_hash import ContentHash
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from integration.registry.auditor import Auditor
from integration.registry.world import World, bundle
from support.stack.addresses import S3Bucket


@contextmanager
def client_of(bucket: S3Bucket) -> Iterator[Any]:
    """Open the bucket as the account that owns it."""
    client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        region_name=bucket.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    try:
        yield client
    finally:
        client.close()


def keys_of(bucket: S3Bucket) -> list[str]:
    with client_of(bucket) as client:
        return sorted(
            found["Key"] for found in client.list_objects_v2(Bucket=bucket.name).get("Contents", [])
        )


def settings_of(bucket: S3Bucket) -> dict[str, str]:
    query = urlencode({"endpoint": bucket.endpoint_url, "region": bucket.region})
    return {
        "bundle_store_url": f"s3://{bucket.name}?{query}",
        "bundle_store_access_key": bucket.access_key,
        "bundle_store_secret_key": bucket.secret_key,
    }


@pytest.fixture
def on_s3(s3_bucket: S3Bucket) -> dict[str, str]:
    return settings_of(s3_bucket)


@pytest.fixture
async def registry(world: World, bus: Bus, on_s3: dict[str, str]) -> AsyncIterator[World]:
    async with world.running(bus, **on_s3):
        yield world


async def test_the_log_is_fenced_in_the_bucket_and_goes_on_after_a_restart(
    world: World, bus: Bus, auditor: Auditor, s3_bucket: S3Bucket, on_s3: dict[str, str]
) -> None:
    content = bundle(version="1.5.0")
    async with world.running(bus, log_key_file=world.log_key_file, **on_s3):
        await world.published()

    async with world.running(bus, log_key_file=world.log_key_file, **on_s3):
        receipt = await world.published(content)

    assert auditor.verify(receipt["proof"], content, version="1.5.0").index == 2
    fences = [key for key in keys_of(s3_bucket) if key.startswith("log/")]
    assert fences[-2:] == [f"log/cp/{size:020d}" for size in (2, 3)]


async def test_a_published_bundle_is_one_object_and_is_read_back(
    registry: World, s3_bucket: S3Bucket
) -> None:
    content = bundle()

    await registry.published(content)

    content_hash = ContentHash.of(content)
    answer = await registry.ask(
        "GET", f"/internal/v1/bundles/{content_hash}", caller=Caller("service:gateway")
    )
    assert keys_of(s3_bucket) == [f"blobs/sha256/{content_hash.hex[:2]}/{content_hash.hex}"]
    assert answer.body == content


async def test_a_refused_duplicate_leaves_no_object(registry: World, s3_bucket: S3Bucket) -> None:
    await registry.published()
    before = keys_of(s3_bucket)
    facts = await registry.facts()

    answer = await registry.publish(bundle(marker=b"other"))

    assert answer.code == "VERSION_ALREADY_EXISTS"
    assert (keys_of(s3_bucket), await registry.facts()) == (before, facts)


async def test_while_the_store_is_away_nothing_is_decided_and_the_repeat_publishes(
    world: World, registry: World, bus: Bus
) -> None:
    key = await registry.staged(bundle())
    working = world.url
    async with world.running(
        bus,
        bundle_store_url="s3://b?endpoint=http://127.0.0.1:9",
        bundle_store_access_key="k",
        bundle_store_secret_key="s",
    ) as broken:
        facts = await broken.facts()

        uploaded = await broken.upload(bundle(version="2.0.0"))
        finalized = await broken.finalize(key)

        assert (uploaded.status, uploaded.code) == (503, "BUNDLE_STORE_UNAVAILABLE")
        assert (finalized.status, finalized.code) == (503, "BUNDLE_STORE_UNAVAILABLE")
        assert finalized.headers["retry-after"] == "5"
        assert await broken.facts() == facts
    world.url = working

    assert (await registry.finalize(key)).status == 200
