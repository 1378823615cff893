"""What every bundle store promises, on a directory and on a real S3."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.domain.errors import BundleStoreCorrupt, BundleStoreUnavailable
from annex_registry.domain.ports import BundleStore, ByteRange
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.settings import InvalidSettings
from support.stack.addresses import S3Bucket

SMALL = b"a bundle"
# Over the size that is held in memory, and no multiple of any chunk.
LARGE = bytes(range(256)) * 9_000 + b"tail"


@pytest.fixture(params=["directory", "s3"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, s3_bucket: S3Bucket) -> str:
    if request.param == "directory":
        return (tmp_path / "bundles").as_uri()
    return (
        f"s3://{s3_bucket.name}?{urlencode({'endpoint': s3_bucket.endpoint_url, 'region': s3_bucket.region})}"
    )


@pytest.fixture
async def store(store_url: str, s3_bucket: S3Bucket) -> AsyncIterator[BundleStore]:
    credentials = StoreCredentials(s3_bucket.access_key, s3_bucket.secret_key)
    async with open_bundle_store(store_url, credentials, new_id=new_id) as store:
        yield store


def files_below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def upload_id() -> UploadId:
    return UploadId(uuid4())


async def keep(store: BundleStore, content: bytes, *, under: bytes | None = None) -> bool:
    content_hash = ContentHash.of(content if under is None else under)
    return await store.keep(content_hash, io.BytesIO(content), size_bytes=len(content))


async def read(store: BundleStore, content: bytes, byte_range: ByteRange | None = None) -> bytes:
    async with store.blob(ContentHash.of(content), byte_range) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def read_staged(store: BundleStore, upload: UploadId) -> bytes:
    async with store.staged(upload) as chunks:
        return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
async def test_a_blob_is_read_back_as_it_was_kept(store: BundleStore, content: bytes) -> None:
    is_new = await keep(store, content)

    assert is_new
    assert await read(store, content) == content


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
async def test_keeping_the_same_bytes_again_is_no_change(store: BundleStore, content: bytes) -> None:
    await keep(store, content)

    is_new = await keep(store, content)

    assert not is_new
    assert await read(store, content) == content


@pytest.mark.parametrize("other", [b"an attack", b"a longer attack"], ids=["same-size", "other-size"])
async def test_other_bytes_never_replace_a_blob(store: BundleStore, other: bytes) -> None:
    content = b"an object"
    await keep(store, other, under=content)

    with pytest.raises(BundleStoreCorrupt):
        await keep(store, content)

    assert await read(store, content) == other


async def test_of_many_keeping_one_blob_exactly_one_creates_it(store: BundleStore) -> None:
    created = await asyncio.gather(*(keep(store, LARGE) for _ in range(8)))

    assert sum(created) == 1
    assert await read(store, LARGE) == LARGE


async def test_a_source_is_stored_from_its_first_byte(store: BundleStore) -> None:
    source = io.BytesIO(SMALL)
    source.read()

    await store.keep(ContentHash.of(SMALL), source, size_bytes=len(SMALL))

    assert await read(store, SMALL) == SMALL


@pytest.mark.parametrize(("first", "last"), [(0, 0), (1, 300_000), (len(LARGE) - 4, len(LARGE) - 1)])
async def test_a_part_of_a_blob_is_read_alone(store: BundleStore, first: int, last: int) -> None:
    await keep(store, LARGE)

    part = await read(store, LARGE, ByteRange(first, last))

    assert part == LARGE[first : last + 1]


async def test_a_missing_blob_is_told_from_an_unavailable_store(store: BundleStore) -> None:
    with pytest.raises(BundleStoreCorrupt):
        await read(store, SMALL)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
async def test_a_staged_upload_is_read_back_until_it_is_discarded(store: BundleStore, content: bytes) -> None:
    upload = upload_id()
    await store.stage(upload, io.BytesIO(content), size_bytes=len(content))
    found = await read_staged(store, upload)

    await store.discard(upload)

    assert found == content
    with pytest.raises(BundleStoreCorrupt):
        await read_staged(store, upload)


async def test_an_upload_is_staged_once(store: BundleStore) -> None:
    upload = upload_id()
    await store.stage(upload, io.BytesIO(SMALL), size_bytes=len(SMALL))

    with pytest.raises(BundleStoreCorrupt):
        await store.stage(upload, io.BytesIO(b"other"), size_bytes=5)

    assert await read_staged(store, upload) == SMALL


async def test_discarding_what_is_not_there_is_fine_and_touches_nothing_else(store: BundleStore) -> None:
    kept, upload = upload_id(), upload_id()
    await store.stage(kept, io.BytesIO(SMALL), size_bytes=len(SMALL))
    await keep(store, SMALL)

    await store.discard(upload)

    assert await read_staged(store, kept) == SMALL
    assert await read(store, SMALL) == SMALL


async def read_parts(store: BundleStore, upload: UploadId, parts: list[UUID]) -> bytes:
    async with store.staged_parts(upload, parts) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_parts_are_read_as_one_in_the_order_asked_for(store: BundleStore) -> None:
    upload, parts = upload_id(), [uuid4(), uuid4(), uuid4()]
    for part, content in zip(parts, (SMALL, LARGE, b"end"), strict=True):
        await store.stage_part(upload, part, io.BytesIO(content), size_bytes=len(content))

    joined = await read_parts(store, upload, parts)
    turned = await read_parts(store, upload, [parts[2], parts[0]])

    assert joined == SMALL + LARGE + b"end"
    assert turned == b"end" + SMALL


async def test_a_part_is_written_once_and_a_missing_one_is_told(store: BundleStore) -> None:
    upload, part = upload_id(), uuid4()
    await store.stage_part(upload, part, io.BytesIO(SMALL), size_bytes=len(SMALL))

    with pytest.raises(BundleStoreCorrupt):
        await store.stage_part(upload, part, io.BytesIO(b"other"), size_bytes=5)

    assert await read_parts(store, upload, [part]) == SMALL
    with pytest.raises(BundleStoreCorrupt):
        await read_parts(store, upload, [part, uuid4()])


async def test_discarding_takes_the_parts_of_this_upload_alone(store: BundleStore) -> None:
    upload, other, part, single = upload_id(), upload_id(), uuid4(), uuid4()
    for owner, name in ((upload, part), (upload, single), (other, part)):
        await store.stage_part(owner, name, io.BytesIO(SMALL), size_bytes=len(SMALL))

    await store.discard_part(upload, single)
    left = await read_parts(store, upload, [part])
    await store.discard(upload)
    await store.discard(upload)

    assert left == SMALL
    assert await read_parts(store, other, [part]) == SMALL
    with pytest.raises(BundleStoreCorrupt):
        await read_parts(store, upload, [part])


async def test_old_blobs_are_listed_and_removed_and_nothing_else_is(store: BundleStore) -> None:
    upload = upload_id()
    await store.stage(upload, io.BytesIO(SMALL), size_bytes=len(SMALL))
    await keep(store, SMALL)
    await keep(store, LARGE)
    future = datetime.now(UTC) + timedelta(hours=1)

    listed = {blob async for blob in store.blobs(before=future)}
    young = [blob async for blob in store.blobs(before=future - timedelta(days=1))]
    await store.remove_blob(ContentHash.of(SMALL))

    assert (listed, young) == ({ContentHash.of(SMALL), ContentHash.of(LARGE)}, [])
    assert [blob async for blob in store.blobs(before=future)] == [ContentHash.of(LARGE)]
    assert await read_staged(store, upload) == SMALL


async def test_what_waits_since_long_is_discarded_and_blobs_stay(store: BundleStore) -> None:
    upload = upload_id()
    await store.stage(upload, io.BytesIO(SMALL), size_bytes=len(SMALL))
    await store.stage_part(upload, uuid4(), io.BytesIO(SMALL), size_bytes=len(SMALL))
    await keep(store, SMALL)
    future = datetime.now(UTC) + timedelta(hours=1)

    early = await store.discard_leftovers(before=future - timedelta(days=1))
    late = await store.discard_leftovers(before=future)

    assert (early, late) == (0, 2)
    assert await read(store, SMALL) == SMALL


async def test_a_store_that_is_there_answers_a_ping(store: BundleStore) -> None:
    assert await store.ping() in ("directory", "s3")


async def test_a_store_that_refuses_us_is_unavailable_without_naming_hosts(s3_bucket: S3Bucket) -> None:
    url = f"s3://{s3_bucket.name}?{urlencode({'endpoint': s3_bucket.endpoint_url})}"
    wrong = StoreCredentials(s3_bucket.access_key, "not the secret")
    async with open_bundle_store(url, wrong, new_id=new_id) as store:
        with pytest.raises(BundleStoreUnavailable) as refusal:
            await keep(store, SMALL)

    assert "127.0.0.1" not in refusal.value.message


async def test_a_store_that_is_away_is_unavailable() -> None:
    credentials = StoreCredentials("key", "secret")
    async with open_bundle_store("s3://b?endpoint=http://127.0.0.1:9", credentials, new_id=new_id) as store:
        with pytest.raises(BundleStoreUnavailable):
            await store.ping()


async def test_a_directory_keeps_no_half_written_file(tmp_path: Path) -> None:
    async with open_bundle_store(
        tmp_path.joinpath("b").as_uri(), StoreCredentials(None, None), new_id=new_id
    ) as store:
        with pytest.raises(BundleStoreCorrupt):
            await store.keep(ContentHash.of(SMALL), io.BytesIO(SMALL), size_bytes=len(SMALL) + 1)

    assert files_below(tmp_path) == []


async def test_a_directory_is_closed_to_everybody_else(tmp_path: Path) -> None:
    async with open_bundle_store(
        tmp_path.joinpath("b").as_uri(), StoreCredentials(None, None), new_id=new_id
    ) as store:
        await keep(store, SMALL)

    modes = {path.stat().st_mode & 0o777 for path in tmp_path.joinpath("b").rglob("*") if path.is_dir()}
    assert modes | {tmp_path.joinpath("b").stat().st_mode & 0o777} == {0o700}


@pytest.mark.parametrize("make", ["link", "open"])
async def test_a_directory_that_is_not_ours_alone_is_refused(tmp_path: Path, make: str) -> None:
    target, place = tmp_path / "target", tmp_path / "place"
    target.mkdir(mode=0o700)
    if make == "link":
        place.symlink_to(target)
    else:
        place.mkdir()
        place.chmod(0o770)

    with pytest.raises(BundleStoreUnavailable):
        async with open_bundle_store(place.as_uri(), StoreCredentials(None, None), new_id=new_id):
            pass


@pytest.mark.parametrize("url", ["ftp://x", "file://host/x", "file:relative", "s3://", "/bundles", "s3://b"])
async def test_an_address_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings):
        async with open_bundle_store(url, StoreCredentials(None, None), new_id=new_id):
            pass
