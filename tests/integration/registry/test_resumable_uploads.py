"""Uploads in chunks: resumed where they stopped, on a directory and on a real S3."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from yarl import URL

from annex_shared.content_hash import ContentHash
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from integration.registry.world import World, bundle
from support.stack.addresses import S3Bucket

# Does not compress, so that the bundle has several chunks.
NOISE = random.Random(7).randbytes(900_000)  # noqa: S311 - no secret
CHUNK = 300_000


@pytest.fixture(params=["directory", "s3"])
async def registry(
    request: pytest.FixtureRequest, world: World, bus: Bus, s3_bucket: S3Bucket
) -> AsyncIterator[World]:
    async with world.running(bus, **(on_s3(s3_bucket) if request.param == "s3" else {})):
        yield world


def on_s3(bucket: S3Bucket) -> dict[str, str]:
    query = urlencode({"endpoint": bucket.endpoint_url, "region": bucket.region})
    return {
        "bundle_store_url": f"s3://{bucket.name}?{query}",
        "bundle_store_access_key": bucket.access_key,
        "bundle_store_secret_key": bucket.secret_key,
    }


def noisy() -> bytes:
    return bundle(marker=NOISE)


async def served(registry: World, content: bytes) -> object:
    answer = await registry.ask(
        "GET", f"/internal/v1/bundles/{ContentHash.of(content)}", caller=Caller("service:gateway")
    )
    return answer.body


async def test_a_bundle_sent_in_chunks_is_published_as_it_was(registry: World) -> None:
    content = noisy()
    upload = await registry.uploaded(content, chunk_bytes=CHUNK)

    answer = await registry.ask("POST", f"{upload}/finalize", {})

    assert answer.status == 201
    assert answer.body["version"]["content_hash"] == str(ContentHash.of(content))
    assert await served(registry, content) == content


async def test_an_interrupted_upload_goes_on_where_it_stopped(registry: World) -> None:
    content = noisy()
    upload = await registry.opened(content)
    await registry.append(upload, content[:CHUNK], at=0)

    head = await registry.ask("HEAD", upload)
    offset = int(head.headers["upload-offset"])
    rest = await registry.append(upload, content[offset:], at=offset)

    assert (head.status, offset) == (200, CHUNK)
    assert int(head.headers["upload-length"]) == len(content)
    assert (rest.status, rest.headers["upload-offset"]) == (204, str(len(content)))
    assert (await registry.ask("POST", f"{upload}/finalize", {})).status == 201


@pytest.mark.parametrize("at", [0, CHUNK - 1, CHUNK + 1])
async def test_a_chunk_elsewhere_is_told_the_true_offset(registry: World, at: int) -> None:
    content = noisy()
    upload = await registry.opened(content)
    await registry.append(upload, content[:CHUNK], at=0)

    answer = await registry.append(upload, content[at : at + CHUNK], at=at)

    assert (answer.status, answer.code) == (409, "UPLOAD_OFFSET_MISMATCH")
    assert answer.body["details"] == {"offset": CHUNK, "sent_offset": at}
    assert (await registry.ask("HEAD", upload)).headers["upload-offset"] == str(CHUNK)


async def test_of_many_chunks_at_one_offset_one_counts(registry: World) -> None:
    content = noisy()
    upload = await registry.opened(content)

    answers = await asyncio.gather(*(registry.append(upload, content[:CHUNK], at=0) for _ in range(8)))

    rest = await registry.append(upload, content[CHUNK:], at=CHUNK)
    assert Counter(answer.code for answer in answers) == {None: 1, "UPLOAD_OFFSET_MISMATCH": 7}
    assert rest.status == 204
    assert (await registry.ask("POST", f"{upload}/finalize", {})).status == 201
    assert await served(registry, content) == content


async def test_an_unfinished_upload_is_not_published_and_stays_open(registry: World) -> None:
    content = noisy()
    upload = await registry.opened(content)
    await registry.append(upload, content[:CHUNK], at=0)
    facts = await registry.facts()

    answer = await registry.ask("POST", f"{upload}/finalize", {})

    assert (answer.status, answer.code) == (409, "UPLOAD_INCOMPLETE")
    assert answer.body["details"] == {"offset": CHUNK, "size_bytes": len(content)}
    assert await registry.facts() == facts
    await registry.append(upload, content[CHUNK:], at=CHUNK)
    assert (await registry.ask("POST", f"{upload}/finalize", {})).status == 201


async def test_other_bytes_than_announced_are_refused_for_good(registry: World) -> None:
    content = noisy()
    upload = await registry.opened(content)
    await registry.append(upload, content[:CHUNK], at=0)
    await registry.append(upload, bytes(len(content) - CHUNK), at=CHUNK)

    refused = await registry.ask("POST", f"{upload}/finalize", {})

    again = await registry.ask("POST", f"{upload}/finalize", {})
    assert (refused.status, refused.code) == (400, "HASH_MISMATCH")
    assert (again.status, again.code) == (409, "UPLOAD_REFUSED")
    assert (await registry.facts())["extension_version"] == 0


@pytest.mark.parametrize(
    ("size", "headers", "status", "code"),
    [
        (1_000, {}, 400, "UPLOAD_CHUNK_REFUSED"),
        (CHUNK, {"upload-offset": ""}, 400, "INVALID_REQUEST"),
        (CHUNK, {"upload-offset": "-1"}, 400, "INVALID_REQUEST"),
        (CHUNK, {"content-digest": f"sha-256=:{'A' * 43}=:"}, 400, "HASH_MISMATCH"),
        (2_000_000, {}, 400, "SIZE_MISMATCH"),
    ],
)
async def test_a_bad_chunk_is_refused_and_does_not_count(
    registry: World, size: int, headers: dict[str, str], status: int, code: str
) -> None:
    upload = await registry.opened(noisy())

    answer = await registry.append(upload, bytes(size), at=0, headers=headers)

    assert (answer.status, answer.code) == (status, code)
    assert (await registry.ask("HEAD", upload)).headers["upload-offset"] == "0"


async def test_a_chunk_over_the_limit_is_refused_before_it_is_read(registry: World) -> None:
    wish = {"size_bytes": 40_000_000, "content_hash": str(ContentHash.of(b""))}
    upload = (await registry.ask("POST", "/api/v1/uploads", wish)).headers["location"]

    answer = await registry.append(upload, bytes(16 * 1024 * 1024 + 1), at=0)

    assert (answer.status, answer.code) == (400, "UPLOAD_CHUNK_REFUSED")


async def test_an_aborted_upload_is_gone_with_its_bytes(registry: World) -> None:
    content = noisy()
    upload = await registry.opened(content)
    await registry.append(upload, content[:CHUNK], at=0)

    answers = [await registry.ask("DELETE", upload) for _ in range(2)]

    finalized = await registry.ask("POST", f"{upload}/finalize", {})
    appended = await registry.append(upload, content[CHUNK:], at=CHUNK)
    assert [answer.status for answer in answers] == [204, 204]
    assert (await registry.ask("GET", upload)).body["state"] == "aborted"
    assert {(answer.status, answer.code) for answer in (finalized, appended)} == {(404, "UPLOAD_NOT_FOUND")}
    assert registry.files() == []


async def test_a_finished_upload_takes_no_more_bytes(registry: World) -> None:
    content = bundle()
    upload = await registry.uploaded(content)
    await registry.ask("POST", f"{upload}/finalize", {})

    answer = await registry.append(upload, b"x", at=len(content))

    assert (answer.status, answer.code) == (409, "UPLOAD_CLOSED")
    assert answer.body["details"] == {"state": "published"}


async def test_a_spent_number_named_at_the_start_is_refused_before_a_byte_is_sent(registry: World) -> None:
    await registry.publish_at_once(bundle())
    wish = {
        "size_bytes": 9,
        "content_hash": str(ContentHash.of(b"")),
        "extension": "acme/invoice-notes",
        "version": "1.4.0",
    }

    refused = await registry.ask("POST", "/api/v1/uploads", wish)
    free = await registry.ask("POST", "/api/v1/uploads", {**wish, "version": "1.4.1"})
    silent = await registry.ask(
        "POST", "/api/v1/uploads", {name: wish[name] for name in ("size_bytes", "content_hash")}
    )

    assert (refused.status, refused.code) == (409, "VERSION_ALREADY_EXISTS")
    assert (free.status, silent.status) == (201, 201)
    assert free.body["state"] == "receiving"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"size_bytes": 0}, 400, "INVALID_REQUEST"),
        ({"size_bytes": 10**12}, 413, "BUNDLE_TOO_LARGE"),
        ({"content_hash": "md5:1"}, 400, None),
        ({"unknown": 1}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_bad_announcement_is_refused(
    registry: World, changes: dict[str, object], status: int, code: str | None
) -> None:
    wish = {"size_bytes": 9, "content_hash": str(ContentHash.of(b"")), **changes}

    answer = await registry.ask("POST", "/api/v1/uploads", wish)

    assert answer.status == status
    assert code is None or answer.code == code


async def test_an_upload_nobody_opened_is_not_there(registry: World) -> None:
    answers = [
        await registry.ask("GET", f"/api/v1/uploads/{uuid4()}"),
        await registry.append(f"/api/v1/uploads/{uuid4()}", b"x", at=0),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "UPLOAD_NOT_FOUND")}
    assert (await registry.ask("GET", "/api/v1/uploads/x")).code == "INVALID_ID"


# Past the registry, straight to the store.


async def put(registry: World, presigned: dict[str, object], content: bytes) -> int:
    headers = presigned["headers"]
    assert isinstance(headers, dict)
    url = URL(str(presigned["url"]), encoded=True)
    async with registry.session.put(
        url, data=content, headers={**headers, "content-length": str(len(content))}
    ) as answer:
        return answer.status


async def test_a_directory_has_no_address_to_write_to(world: World, bus: Bus) -> None:
    async with world.running(bus):
        upload = await world.opened(bundle())

        answer = await world.ask("POST", f"{upload}/presign")

        assert (answer.status, answer.code) == (409, "PRESIGN_UNAVAILABLE")
        assert (await world.ask("GET", upload)).body["state"] == "receiving"


async def test_a_presigned_upload_is_published_after_the_registry_read_it(
    world: World, bus: Bus, s3_bucket: S3Bucket
) -> None:
    content = noisy()
    async with world.running(bus, **on_s3(s3_bucket)):
        upload = await world.opened(content)
        presigned = await world.ask("POST", f"{upload}/presign")
        early = await world.ask("POST", f"{upload}/finalize", {})
        status = await put(world, presigned.body, content)

        answer = await world.ask("POST", f"{upload}/finalize", {})

        assert (presigned.status, presigned.body["method"], status) == (201, "PUT", 200)
        assert (early.status, early.code) == (409, "UPLOAD_INCOMPLETE")
        assert answer.status == 201
        assert await served(world, content) == content


async def test_a_presigned_address_takes_no_other_length_and_is_written_once(
    world: World, bus: Bus, s3_bucket: S3Bucket
) -> None:
    content = noisy()
    async with world.running(bus, **on_s3(s3_bucket)):
        upload = await world.opened(content)
        presigned = (await world.ask("POST", f"{upload}/presign")).body

        longer = await put(world, presigned, content + b"x")
        first = await put(world, presigned, content)
        second = await put(world, presigned, content)

        assert (longer, first, second) == (403, 200, 412)
        assert (await world.ask("POST", f"{upload}/finalize", {})).status == 201


async def test_other_bytes_through_a_presigned_address_are_never_published(
    world: World, bus: Bus, s3_bucket: S3Bucket
) -> None:
    content = noisy()
    async with world.running(bus, **on_s3(s3_bucket)):
        upload = await world.opened(content)
        presigned = (await world.ask("POST", f"{upload}/presign")).body

        await put(world, presigned, bytes(len(content)))
        answer = await world.ask("POST", f"{upload}/finalize", {})

        # A store that checks the digest refuses the bytes; one that does not is caught by us.
        assert answer.code in ("HASH_MISMATCH", "UPLOAD_INCOMPLETE")
        assert (await world.facts())["extension_version"] == 0
