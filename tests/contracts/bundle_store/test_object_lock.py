"""Object lock of a real S3: what the owner of the bucket tries, and what is read afterwards."""

import asyncio
import base64
import hashlib
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.adapters.bundles.layout import blob_key, fence_key, staging_key
from annex_registry.adapters.bundles.object_lock import LockMode, LockWish
from annex_registry.domain.errors import BundleStoreCorrupt, BundleStoreUnavailable
from annex_registry.domain.ports import FencedBundleStore
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.settings import InvalidSettings
from support.stack.addresses import S3Bucket
from support.stack.isolation import Buckets

CONTENT = b"what was published"
HASH = ContentHash.of(CONTENT)
KEY = blob_key(HASH)
DENIED = (403, "AccessDenied")


def opened(
    bucket: S3Bucket, mode: LockMode, *, days: int = 1
) -> AbstractAsyncContextManager[FencedBundleStore]:
    query = urlencode({"endpoint": bucket.endpoint_url, "region": bucket.region})
    return open_bundle_store(
        f"s3://{bucket.name}?{query}",
        StoreCredentials(bucket.access_key, bucket.secret_key),
        new_id=new_id,
        lock=LockWish(mode, timedelta(days=days)),
    )


@pytest.fixture
def locking(buckets: Buckets) -> Iterator[S3Bucket]:
    """Return a bucket with object lock; in compliance mode nobody can empty it before a day is over."""
    bucket = buckets.create(object_lock=True)
    yield bucket
    buckets.drop(bucket)


@pytest.fixture
def owner(locking: S3Bucket) -> Iterator[Any]:
    """Return a client of the account that owns the bucket and may do everything in it."""
    with client_of(locking) as client:
        yield client


@contextmanager
def client_of(bucket: S3Bucket) -> Iterator[Any]:
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


@pytest.fixture(params=[LockMode.AUTO, LockMode.GOVERNANCE])
async def store(request: pytest.FixtureRequest, locking: S3Bucket) -> AsyncIterator[FencedBundleStore]:
    async with opened(locking, request.param) as store:
        yield store


async def keep(store: FencedBundleStore, content: bytes = CONTENT) -> bool:
    return await store.keep(ContentHash.of(content), io.BytesIO(content), size_bytes=len(content))


async def read(store: FencedBundleStore, content_hash: ContentHash = HASH) -> bytes:
    async with store.blob(content_hash) as chunks:
        return b"".join([chunk async for chunk in chunks])


def refusal(act: Callable[[], Any]) -> tuple[int, str] | None:
    """Do what must fail and return the store's own status and code."""
    try:
        act()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None


def versions_of(owner: Any, bucket: S3Bucket, key: str) -> list[str]:
    found = owner.list_object_versions(Bucket=bucket.name, Prefix=key).get("Versions", [])
    return [version["VersionId"] for version in found if version["Key"] == key]


@pytest.mark.parametrize("mode", [LockMode.GOVERNANCE, LockMode.COMPLIANCE])
async def test_blob_and_fence_are_written_with_the_lock_that_was_asked_for(
    locking: S3Bucket, owner: Any, mode: LockMode
) -> None:
    async with opened(locking, mode, days=2) as store:
        await keep(store)
        await store.raise_fence(3, b"a note")

    for key in (KEY, fence_key(3)):
        head = owner.head_object(Bucket=locking.name, Key=key)
        assert head["ObjectLockMode"] == mode.upper()
        left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
        assert timedelta(days=1, hours=23) < left < timedelta(days=2, minutes=1)


async def test_the_owner_of_the_bucket_cannot_delete_a_locked_blob_nor_shorten_its_lock(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    await keep(store)
    await store.raise_fence(3, b"a note")
    soon = datetime.now(UTC) + timedelta(seconds=5)

    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": soon}
    refusals = []
    for key in (KEY, fence_key(3)):
        version = {"Bucket": locking.name, "Key": key, "VersionId": versions_of(owner, locking, key)[0]}
        refusals += [
            refusal(partial(owner.delete_object, **version)),
            refusal(partial(owner.put_object_retention, **version, Retention=shorter)),
        ]

    assert refusals == [DENIED] * 4


async def test_in_compliance_mode_even_who_may_bypass_governance_is_refused(
    locking: S3Bucket, owner: Any
) -> None:
    async with opened(locking, LockMode.COMPLIANCE) as store:
        await keep(store)
    version = versions_of(owner, locking, KEY)[0]

    refused = refusal(
        lambda: owner.delete_object(
            Bucket=locking.name, Key=KEY, VersionId=version, BypassGovernanceRetention=True
        )
    )

    assert refused == DENIED


async def test_the_versions_of_a_bucket_with_locks_cannot_be_switched_off(
    locking: S3Bucket, owner: Any
) -> None:
    refused = refusal(
        lambda: owner.put_bucket_versioning(
            Bucket=locking.name, VersioningConfiguration={"Status": "Suspended"}
        )
    )

    assert refused == (409, "InvalidBucketState")


async def test_what_the_owner_writes_over_a_blob_or_a_fence_is_never_read(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    await keep(store)
    await store.raise_fence(3, b"a note")
    for key in (KEY, fence_key(3)):
        owner.put_object(Bucket=locking.name, Key=key, Body=b"something else")

    newest = owner.get_object(Bucket=locking.name, Key=KEY)["Body"].read()

    assert newest == b"something else"
    assert (await read(store), await store.fence(3)) == (CONTENT, b"a note")


async def test_a_delete_marker_hides_neither_a_blob_nor_a_fence(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    await keep(store)
    await store.raise_fence(3, b"a note")
    for key in (KEY, fence_key(3)):
        owner.delete_object(Bucket=locking.name, Key=key)

    hidden = refusal(lambda: owner.get_object(Bucket=locking.name, Key=KEY))

    assert hidden == (404, "NoSuchKey")
    async with opened(locking, LockMode.AUTO) as another:
        assert (await read(another), await another.fence(3)) == (CONTENT, b"a note")
        assert await another.newest_fence(after=-1) == 3
        assert not await another.raise_fence(3, b"a fork")
        assert not await keep(another)
        assert await read(another) == CONTENT


async def test_other_bytes_that_somebody_put_there_first_are_not_taken_for_the_bundle(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    owner.put_object(Bucket=locking.name, Key=KEY, Body=b"w" * len(CONTENT))
    owner.delete_object(Bucket=locking.name, Key=KEY)

    with pytest.raises(BundleStoreCorrupt):
        await keep(store)


async def test_of_many_who_raise_one_fence_exactly_one_did_and_its_note_counts(
    store: FencedBundleStore,
) -> None:
    notes = [f"note {number}".encode() for number in range(6)]

    raised = await asyncio.gather(*(store.raise_fence(9, note) for note in notes))

    assert sum(raised) == 1
    assert await store.fence(9) == notes[raised.index(True)]


async def test_a_locked_orphan_is_left_and_serves_who_publishes_its_bytes_later(
    store: FencedBundleStore,
) -> None:
    await keep(store)

    is_gone = await store.remove_blob(HASH)

    assert not is_gone
    assert await read(store) == CONTENT
    assert not await keep(store)


async def test_an_orphan_whose_lock_is_over_goes_with_all_its_versions(locking: S3Bucket, owner: Any) -> None:
    async with opened(locking, LockMode.OFF) as store:
        await keep(store)
        owner.put_object(Bucket=locking.name, Key=KEY, Body=b"something else")
        await read(store)

        is_gone = await store.remove_blob(HASH)

        assert is_gone
        assert versions_of(owner, locking, KEY) == []
        with pytest.raises(BundleStoreCorrupt):
            await read(store)
        assert await keep(store)
        assert await read(store) == CONTENT


async def test_uploads_that_wait_are_not_locked_and_leave_no_version_behind(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    upload, part = UploadId(uuid4()), uuid4()
    await store.stage(upload, io.BytesIO(CONTENT), size_bytes=len(CONTENT))
    await store.stage_part(upload, part, io.BytesIO(CONTENT), size_bytes=len(CONTENT))

    await store.discard(upload)

    assert "Versions" not in owner.list_object_versions(Bucket=locking.name)


async def test_an_upload_that_the_bucket_itself_locks_is_out_of_sight_when_discarded(
    store: FencedBundleStore, locking: S3Bucket, owner: Any
) -> None:
    upload = UploadId(uuid4())
    owner.put_object(
        Bucket=locking.name,
        Key=staging_key(upload),
        Body=CONTENT,
        ChecksumSHA256=base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(),
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=1),
    )

    await store.discard(upload)

    with pytest.raises(BundleStoreCorrupt):
        async with store.staged(upload):
            pass


@pytest.mark.parametrize("mode", [LockMode.GOVERNANCE, LockMode.COMPLIANCE])
async def test_a_demanded_lock_that_the_bucket_does_not_offer_is_refused_at_the_start(
    s3_bucket: S3Bucket, mode: LockMode
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        async with opened(s3_bucket, mode):
            pass

    assert str(refused.value) == (
        f"BUNDLE_OBJECT_LOCK={mode} and the bucket was made without object lock, which cannot be added by "
        "us. Name a bucket made with object lock, or set BUNDLE_OBJECT_LOCK=auto."
    )


@pytest.mark.parametrize(("mode", "starts"), [(LockMode.AUTO, True), (LockMode.COMPLIANCE, False)])
async def test_a_bucket_that_we_may_not_ask_is_taken_for_one_without_locks(
    locking: S3Bucket, owner: Any, mode: LockMode, *, starts: bool
) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetBucketObjectLockConfiguration",
        "Resource": f"arn:aws:s3:::{locking.name}",
    }
    owner.put_bucket_policy(
        Bucket=locking.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )

    told = None
    try:
        async with opened(locking, mode) as store:
            await keep(store)
    except InvalidSettings as refused:
        told = str(refused)

    assert (told is None) is starts
    if told is not None:
        assert "we may not read the bucket's object lock (s3:GetBucketObjectLockConfiguration)" in told


@pytest.mark.parametrize("mode", [LockMode.OFF, LockMode.AUTO])
async def test_a_bucket_without_locks_takes_bundles_where_none_is_demanded(
    s3_bucket: S3Bucket, mode: LockMode
) -> None:
    async with opened(s3_bucket, mode) as store:
        assert await keep(store)
        assert await read(store) == CONTENT
        assert await store.remove_blob(HASH)


async def test_without_a_lock_a_conditional_write_is_refused_by_the_store_itself(
    s3_bucket: S3Bucket,
) -> None:
    async with opened(s3_bucket, LockMode.AUTO) as store:
        await keep(store)
    with client_of(s3_bucket) as client:
        refused = refusal(
            lambda: client.put_object(Bucket=s3_bucket.name, Key=KEY, Body=b"else", IfNoneMatch="*")
        )

    assert refused == (412, "PreconditionFailed")


async def test_a_demand_is_kept_also_when_the_store_was_away_at_the_start(s3_bucket: S3Bucket) -> None:
    away = S3Bucket("http://127.0.0.1:9", "us-east-1", "key", "secret", s3_bucket.name)

    async with opened(away, LockMode.COMPLIANCE) as store:
        with pytest.raises(BundleStoreUnavailable):
            await keep(store)


async def test_a_directory_cannot_meet_a_demand(tmp_path: Any) -> None:
    with pytest.raises(InvalidSettings, match="a directory has no object lock"):
        async with open_bundle_store(
            tmp_path.as_uri(),
            StoreCredentials(None, None),
            new_id=new_id,
            lock=LockWish(LockMode.COMPLIANCE, timedelta(days=1)),
            clock=SystemClock(),
        ):
            pass
