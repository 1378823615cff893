"""The same mistake is the same refusal on each of the three ways to publish, and leaves nothing behind."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    STREAMED_BODY,
    ServiceTokenIssuer,
    request_digest,
)
from annex_shared.signing import SigningKey
from integration.registry.world import ADMIN, Answer, World, bundle, manifest, signed

CONTENT = bundle()
GOOD, OTHERS, REVOKED, EXPIRED, EARLY, STRANGER = (SigningKey.generate() for _ in range(6))
PAST, FUTURE = datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
ONE_SHOT = "/api/v1/extensions/acme/invoice-notes/versions"
PROXY = "/api/ext-bundles/upload-proxy?filename=b.tar.zst"

Publish = Callable[[World, bytes, dict[str, str]], Awaitable[Answer]]


async def by_proxy(world: World, content: bytes, signature: dict[str, str]) -> Answer:
    return await world.publish(content, signature=signature)


async def by_session(world: World, content: bytes, signature: dict[str, str]) -> Answer:
    upload = await world.uploaded(content)
    return await world.ask("POST", f"{upload}/finalize", {"signature": signature})


async def at_once(world: World, content: bytes, signature: dict[str, str]) -> Answer:
    text = base64.b64encode(signature["text"].encode()).decode()
    return await world.publish_at_once(content, headers={"x-annex-signature": text})


WAYS = {"proxy": by_proxy, "session": by_session, "one-shot": at_once}


@pytest.fixture
async def publishers(registry: World) -> World:
    """Make two publishers with keys of every sort."""
    for slug in ("acme", "globex"):
        await registry.ask("POST", "/api/v1/publishers", {"name": slug})
    for slug, key, window in (
        ("acme", GOOD, {}),
        ("globex", OTHERS, {}),
        ("acme", REVOKED, {}),
        ("acme", EXPIRED, {"valid_until": PAST.isoformat()}),
        ("acme", EARLY, {"valid_from": FUTURE.isoformat()}),
    ):
        wish = {"public_key_pem": key.public.to_pem().decode(), **window}
        assert (await registry.ask("POST", f"/api/v1/publishers/{slug}/keys", wish)).status == 201
    await registry.ask("DELETE", f"/api/v1/publishers/acme/keys/{REVOKED.public.key_id}")
    return registry


async def staged_rows(world: World) -> int:
    """Count uploads that still hold bytes or may be published."""
    async with world.database() as connection:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM upload_attempt WHERE may_have_object OR state IN ('receiving', 'staged')"
        )
        return count


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("key", "code", "told"),
    [
        (REVOKED, "SIGNER_NOT_VALID", "revoked"),
        (EXPIRED, "SIGNER_NOT_VALID", "expired"),
        (EARLY, "SIGNER_NOT_VALID", "not valid yet"),
        (OTHERS, "SIGNER_UNKNOWN", "no such key is trusted for this publisher"),
        (STRANGER, "SIGNER_UNKNOWN", "no such key is trusted for this publisher"),
    ],
    ids=["revoked", "expired", "not-valid-yet", "of-another-publisher", "of-nobody"],
)
async def test_a_signature_that_does_not_count_publishes_nothing(
    publishers: World, way: Publish, key: SigningKey, code: str, told: str
) -> None:
    facts = await publishers.facts()

    answer = await way(publishers, CONTENT, signed(CONTENT, key))

    assert (answer.status, answer.code) == (403, code)
    assert key.public.key_id in answer.body["message"]
    assert told in answer.body["message"]
    assert await publishers.facts() == facts
    assert await staged_rows(publishers) == 0
    assert (await way(publishers, CONTENT, signed(CONTENT, GOOD))).status in (200, 201)


async def test_a_differing_manifest_is_named_by_its_place_on_the_session_too(registry: World) -> None:
    upload = await registry.uploaded(CONTENT)
    facts = await registry.facts()
    declared = manifest(api={"endpoints": []}, capabilities=["http.fetch"])

    answer = await registry.ask("POST", f"{upload}/finalize", {"manifest": declared})

    assert (answer.status, answer.code) == (400, "MANIFEST_MISMATCH")
    assert answer.body["details"]["pointer"] in answer.body["message"]
    assert await registry.facts() == {**facts, "files": 0}
    assert registry.files() == []
    assert await staged_rows(registry) == 0


# Bodies that are not as long as they say.


async def raw(world: World, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    """Send bytes that no HTTP client would, end the sending and return what comes back."""
    address = urlsplit(world.url)
    tokens = ServiceTokenIssuer("gateway", world.issuer_key, SystemClock())
    token = tokens.issue(ADMIN, audience="registry", request=request_digest(method, target, STREAMED_BODY))
    sent = {"host": address.netloc, "connection": "close", SERVICE_TOKEN_HEADER: token, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await writer.drain()
        writer.write_eof()
        answer = await reader.read()
        writer.close()
    return answer


def one_shot_headers(content: bytes, **changes: str) -> dict[str, str]:
    digest = base64.b64encode(ContentHash.of(content).digest).decode()
    return {
        "content-type": "application/vnd.annex.bundle",
        "content-digest": f"sha-256=:{digest}:",
        "content-length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (ONE_SHOT, one_shot_headers(CONTENT)),
        (PROXY, {"content-length": str(len(CONTENT))}),
        (f"{PROXY}&size={len(CONTENT)}", {"content-length": str(len(CONTENT))}),
    ],
    ids=["one-shot", "proxy", "proxy-with-size"],
)
async def test_a_body_shorter_than_announced_leaves_nothing(
    registry: World, target: str, headers: dict[str, str]
) -> None:
    facts = await registry.facts()

    answer = await raw(registry, "POST", target, headers, CONTENT[:-40])

    assert b" 201 " not in answer.partition(b"\r\n")[0]
    assert await registry.facts() == facts
    assert await staged_rows(registry) == 0
    assert (await registry.publish_at_once(CONTENT)).status == 201


async def test_a_body_longer_than_announced_is_not_taken_for_the_whole(registry: World) -> None:
    """HTTP ends the body where it was announced to end; what follows is no part of any request."""
    headers = one_shot_headers(CONTENT, content_length=str(len(CONTENT) - 40), connection="keep-alive")
    facts = await registry.facts()

    answer = await raw(registry, "POST", ONE_SHOT, headers, CONTENT)

    assert answer.partition(b"\r\n")[0] in (b"", b"HTTP/1.1 400 Bad Request")
    assert await registry.facts() == facts
    assert await staged_rows(registry) == 0


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
async def test_a_declared_size_that_is_not_the_bodys_names_both(registry: World, size: int) -> None:
    query = {"filename": "b.tar.zst", "size": str(size)}
    facts = await registry.facts()

    answer = await registry.upload(CONTENT, query=query)

    assert (answer.status, answer.code) == (400, "SIZE_MISMATCH")
    assert answer.body["details"]["declared"] == size
    assert await registry.facts() == facts
    assert await staged_rows(registry) == 0


# Names.


@pytest.mark.parametrize("publisher", ["ACME", "Acme", "a.cme", "a_cme", "a-cme", "a--cme"])
async def test_publishers_are_one_in_every_spelling_or_different(registry: World, publisher: str) -> None:
    """Case never makes another publisher; dots and dashes are one letter, and none is not one."""
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    await registry.ask("POST", "/api/v1/publishers", {"name": "a-cme"})

    answer = await registry.ask("POST", "/api/v1/publishers", {"name": publisher})

    assert (answer.status, answer.code) == (409, "PUBLISHER_ALREADY_EXISTS")


@pytest.mark.parametrize("name", ["Invoice-Notes", "invoice.notes", "invoice_notes", "INVOICE.NOTES"])
@pytest.mark.parametrize("way", [by_proxy, by_session], ids=["proxy", "session"])
async def test_another_spelling_is_refused_on_every_route_and_leaves_nothing(
    publishers: World, way: Publish, name: str
) -> None:
    await publishers.published(CONTENT)
    facts = await publishers.facts()
    content = bundle(name=name, version="9.0.0")

    answer = await way(publishers, content, signed(content, GOOD, name=name.lower(), version="9.0.0"))

    if name.lower() == "invoice-notes":
        assert answer.status in (200, 201)
        assert (await publishers.facts())["extension_registry"] == facts["extension_registry"]
        return
    assert (answer.status, answer.code) == (409, "EXTENSION_NAME_TAKEN")
    assert '"invoice-notes"' in answer.body["message"]
    assert await publishers.facts() == facts
    assert await staged_rows(publishers) == 0


async def test_first_publishes_at_once_make_one_publisher_and_one_extension(registry: World) -> None:
    keys = [await registry.staged(bundle(version=f"1.{minor}.0")) for minor in range(6)]

    answers = await asyncio.gather(*(registry.finalize(key) for key in keys))

    facts = await registry.facts()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["extension"]["id"] for answer in answers}) == 1
    assert (facts["publisher"], facts["extension_registry"], facts["extension_version"]) == (1, 1, 6)


async def test_of_two_strangers_first_publishes_under_one_name_one_wins_and_the_other_leaves_nothing(
    registry: World,
) -> None:
    people = [replace(ADMIN, principal=f"admin-{number}") for number in range(2)]
    contents = [bundle(marker=str(number).encode()) for number in range(2)]
    keys = [
        await registry.staged(content, caller=caller)
        for content, caller in zip(contents, people, strict=True)
    ]

    answers = await asyncio.gather(
        *(registry.finalize(key, caller=caller) for key, caller in zip(keys, people, strict=True))
    )

    facts = await registry.facts()
    assert sorted(answer.status for answer in answers) == [200, 403]
    assert [answer.code for answer in answers if answer.status != 200] == ["PUBLISHER_MEMBERSHIP_REQUIRED"]
    assert (facts["publisher"], facts["publisher_member"], facts["extension_version"]) == (1, 1, 1)
    assert facts["files"] == 1
    assert await staged_rows(registry) == 0
