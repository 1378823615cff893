"""Bundles over HTTP: by hash for services, and under the path the predecessor's runners read."""

from uuid import uuid4

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import OTHER_TENANT, TENANT, Answer, World, bundle, somebody

CONTENT = bundle()
HASH = ContentHash.of(CONTENT)
SERVICE = Caller("service:runner-proxy")


async def by_hash(registry: World, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await registry.ask("GET", f"/internal/v1/bundles/{HASH}", caller=SERVICE, headers=sent)


async def test_a_service_gets_exactly_the_published_bytes(registry: World) -> None:
    await registry.published(CONTENT)

    answer = await by_hash(registry)

    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["etag"] == f'"sha256-{HASH.hex}"'
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-type"] == "application/zstd"
    assert "immutable" in answer.headers["cache-control"]


async def test_a_service_that_holds_the_bytes_gets_none(registry: World) -> None:
    await registry.published(CONTENT)

    answer = await by_hash(registry, if_none_match=f'"sha256-{HASH.hex}"')

    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "status", "begin", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=10-", 206, 10, len(CONTENT)),
        ("bytes=-5", 206, len(CONTENT) - 5, len(CONTENT)),
        ("bytes=-99999999", 206, 0, len(CONTENT)),
        ("bytes=5-99999999", 206, 5, len(CONTENT)),
        ("bytes=0-1,3-4", 200, 0, len(CONTENT)),
        ("bytes=9-3", 200, 0, len(CONTENT)),
        ("bytes=-", 200, 0, len(CONTENT)),
        ("lines=0-1", 200, 0, len(CONTENT)),
    ],
)
async def test_a_part_of_a_bundle_can_be_asked_for(
    registry: World, asked: str, status: int, begin: int, end: int
) -> None:
    await registry.published(CONTENT)

    answer = await by_hash(registry, range=asked)

    assert (answer.status, answer.body) == (status, CONTENT[begin:end])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=-0"])
async def test_a_part_outside_the_bundle_is_refused(registry: World, asked: str) -> None:
    await registry.published(CONTENT)

    answer = await by_hash(registry, range=asked)

    assert (answer.status, answer.code) == (416, "RANGE_NOT_SATISFIABLE")


async def test_a_head_request_is_answered_without_a_body(registry: World) -> None:
    await registry.published(CONTENT)

    answer = await registry.ask("HEAD", f"/internal/v1/bundles/{HASH}", caller=SERVICE)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))


async def test_a_hash_nobody_published_is_not_served_although_it_is_staged(registry: World) -> None:
    await registry.staged(CONTENT)

    answer = await by_hash(registry)

    assert (answer.status, answer.code) == (404, "BUNDLE_NOT_FOUND")


@pytest.mark.parametrize("text", ["sha256:1234", "md5:0", HASH.hex])
async def test_what_is_no_hash_is_refused(registry: World, text: str) -> None:
    answer = await registry.ask("GET", f"/internal/v1/bundles/{text}", caller=SERVICE)

    assert (answer.status, answer.code) == (400, "INVALID_CONTENT_HASH")


@pytest.mark.parametrize(
    "path", [f"/internal/v1/bundles/{HASH}", "/internal/v1/versions", "/internal/v1/installs"]
)
async def test_internal_addresses_are_for_peers(registry: World, path: str) -> None:
    answer = await registry.ask("GET", path, caller=SERVICE, issuer="stranger")

    assert (answer.status, answer.code) == (403, "PEER_REQUIRED")


async def test_the_canonical_path_of_the_receipt_serves_the_bundle(registry: World) -> None:
    receipt = await registry.published(CONTENT)

    mine = await registry.ask("GET", f"/{receipt['canonicalKey']}")
    service = await registry.ask("GET", f"/{receipt['canonicalKey']}", caller=SERVICE)

    assert (mine.status, mine.body) == (service.status, service.body) == (200, CONTENT)


async def test_the_canonical_path_is_closed_to_others(registry: World) -> None:
    receipt = await registry.published(CONTENT)
    path = f"/{receipt['canonicalKey']}"
    elsewhere = somebody(Permission.EXTENSION_READ, tenant=OTHER_TENANT)

    foreign_tenant = await registry.ask("GET", path, caller=elsewhere)
    no_right = await registry.ask("GET", path, caller=somebody(Permission.EXTENSION_WRITE))
    other_extension = await registry.ask(
        "GET", f"/tenants/{TENANT}/extensions/{uuid4()}/sha256/{HASH.hex}/bundle.tar.zst"
    )

    assert (foreign_tenant.status, foreign_tenant.code) == (404, "BUNDLE_NOT_FOUND")
    assert (no_right.status, no_right.code) == (403, "PERMISSION_DENIED")
    assert (other_extension.status, other_extension.code) == (404, "BUNDLE_NOT_FOUND")


async def test_a_blob_that_is_lost_is_our_fault_and_said_so(registry: World) -> None:
    await registry.published(CONTENT)
    (registry.folder / "bundles" / registry.files()[0]).unlink()

    answer = await by_hash(registry)

    assert (answer.status, answer.code) == (500, "BUNDLE_STORE_CORRUPT")
