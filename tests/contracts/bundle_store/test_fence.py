"""What every fence promises, on a directory and on a real S3: created once, and the newest is found."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.domain.errors import BundleStoreUnavailable
from annex_registry.domain.ports import Fence
from annex_shared.clock import new_id
from support.stack.addresses import S3Bucket


@pytest.fixture(params=["directory", "s3"])
async def fence(request: pytest.FixtureRequest, tmp_path: Path, s3_bucket: S3Bucket) -> AsyncIterator[Fence]:
    query = urlencode({"endpoint": s3_bucket.endpoint_url, "region": s3_bucket.region})
    url = (tmp_path / "b").as_uri() if request.param == "directory" else f"s3://{s3_bucket.name}?{query}"
    credentials = StoreCredentials(s3_bucket.access_key, s3_bucket.secret_key)
    async with open_bundle_store(url, credentials, new_id=new_id) as store:
        yield store


async def test_a_fence_is_read_back_as_it_was_raised(fence: Fence) -> None:
    is_new = await fence.raise_fence(41, b"note of 41")

    assert is_new
    assert await fence.fence(41) == b"note of 41"


async def test_a_fence_is_raised_once_whatever_is_tried_later(fence: Fence) -> None:
    await fence.raise_fence(41, b"first")

    again = [await fence.raise_fence(41, note) for note in (b"first", b"other")]

    assert again == [False, False]
    assert await fence.fence(41) == b"first"


async def test_of_many_raising_one_fence_exactly_one_does(fence: Fence) -> None:
    notes = [f"note {racer}".encode() for racer in range(8)]

    raised = await asyncio.gather(*(fence.raise_fence(7, note) for note in notes))

    assert sum(raised) == 1
    assert await fence.fence(7) == notes[raised.index(True)]


async def test_where_nothing_was_signed_there_is_no_fence(fence: Fence) -> None:
    assert await fence.fence(0) is None
    assert await fence.newest_fence(after=-1) is None


async def test_the_newest_fence_is_the_largest_size_not_the_last_raised(fence: Fence) -> None:
    for size in (0, 9, 100, 20, 1_000_000_000_000):
        await fence.raise_fence(size, b"note")

    newest = [await fence.newest_fence(after=after) for after in (-1, 0, 100, 999_999_999_999, 10**12)]

    assert newest == [10**12, 10**12, 10**12, 10**12, None]


async def test_more_fences_than_one_listing_holds_are_all_seen(fence: Fence) -> None:
    for start in range(0, 1_010, 101):
        await asyncio.gather(*(fence.raise_fence(size, b"note") for size in range(start, start + 101)))

    assert await fence.newest_fence(after=-1) == 1_009


async def test_a_fence_that_is_away_is_unavailable() -> None:
    credentials = StoreCredentials("key", "secret")
    async with open_bundle_store("s3://b?endpoint=http://127.0.0.1:9", credentials, new_id=new_id) as store:
        for attempt in (store.newest_fence(after=-1), store.fence(0), store.raise_fence(0, b"note")):
            with pytest.raises(BundleStoreUnavailable):
                await attempt


async def test_files_that_are_no_fence_are_not_counted(tmp_path: Path) -> None:
    folder = tmp_path / "b" / "log" / "cp"
    folder.mkdir(parents=True, mode=0o700)
    for name in ("41", "x" * 20, "٤" * 20, "00000000000000000041.bak"):
        (folder / name).write_bytes(b"-")
    (tmp_path / "b").chmod(0o700)
    credentials = StoreCredentials(None, None)

    async with open_bundle_store((tmp_path / "b").as_uri(), credentials, new_id=new_id) as store:
        newest = await store.newest_fence(after=-1)

    assert newest is None
