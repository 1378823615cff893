"""Keys that count for a time: outside their window and after a rotation they sign nothing new."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from annex_shared.signing import SigningKey
from integration.registry.world import READ_PUBLISH, Answer, World, bundle, signed, somebody

KEYS = "/api/v1/publishers/acme/keys"
PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def wish(key: SigningKey, **window: datetime) -> dict[str, Any]:
    times = {name: moment.isoformat() for name, moment in window.items()}
    return {"public_key_pem": key.public.to_pem().decode(), **times}


async def trusted(world: World, key: SigningKey, **window: datetime) -> Answer:
    await world.ask("POST", "/api/v1/publishers", {"name": "acme"})
    return await world.ask("POST", KEYS, wish(key, **window))


async def published_with(world: World, key: SigningKey, version: str = "1.4.0") -> Answer:
    content = bundle(version=version)
    return await world.publish(content, signature=signed(content, key, version=version))


async def test_a_key_signs_within_its_window(registry: World) -> None:
    key = SigningKey.generate()
    added = await trusted(registry, key, valid_from=PAST, valid_until=FUTURE)

    answer = await published_with(registry, key)

    assert (added.status, answer.status) == (201, 200)
    assert (added.body["valid_from"], added.body["valid_until"]) == (
        "2020-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
    )
    assert answer.body["signer"] == key.public.key_id


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        ({"valid_until": PAST}, "expired"),
        ({"valid_from": FUTURE}, "not valid yet"),
        ({"valid_from": PAST, "valid_until": PAST + timedelta(days=1)}, "expired"),
    ],
)
async def test_a_key_outside_its_window_signs_nothing(
    registry: World, window: dict[str, datetime], reason: str
) -> None:
    key = SigningKey.generate()
    await trusted(registry, key, **window)
    before = await registry.facts()

    answer = await published_with(registry, key)

    assert (answer.status, answer.code) == (403, "SIGNER_NOT_VALID")
    assert answer.body["details"] == {"key_id": key.public.key_id, "reason": reason}
    assert await registry.facts() == before


async def test_a_revoked_key_is_told_from_a_strangers(registry: World) -> None:
    key, stranger = SigningKey.generate(), SigningKey.generate()
    await trusted(registry, key)
    await registry.ask("DELETE", f"{KEYS}/{key.public.key_id}")

    revoked = await published_with(registry, key)
    foreign = await published_with(registry, stranger)

    assert (revoked.status, revoked.code) == (403, "SIGNER_NOT_VALID")
    assert revoked.body["details"]["reason"] == "revoked"
    assert (foreign.status, foreign.code) == (403, "SIGNER_UNKNOWN")


async def test_a_rotation_moves_the_trust_and_leaves_what_was_signed(registry: World) -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    await trusted(registry, old)
    await published_with(registry, old)

    rotated = await registry.ask("POST", f"{KEYS}/{old.public.key_id}/rotate", wish(new))

    assert (rotated.status, rotated.body["key_id"]) == (201, new.public.key_id)
    assert (await published_with(registry, old, "1.5.0")).code == "SIGNER_NOT_VALID"
    assert (await published_with(registry, new, "1.5.0")).status == 200
    detail = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0")
    assert detail.body["signer"] == old.public.key_id


async def test_a_rotation_that_is_refused_changes_nothing(registry: World) -> None:
    old, known = SigningKey.generate(), SigningKey.generate()
    await trusted(registry, old)
    await trusted(registry, known)
    before = await registry.ask("GET", "/api/v1/publishers/acme")

    answers = [
        await registry.ask("POST", f"{KEYS}/{old.public.key_id}/rotate", wish(known)),
        await registry.ask("POST", f"{KEYS}/0123456789abcdef/rotate", wish(SigningKey.generate())),
        await registry.ask(
            "POST",
            f"{KEYS}/{old.public.key_id}/rotate",
            wish(SigningKey.generate()),
            caller=somebody(*READ_PUBLISH),
        ),
    ]

    assert [answer.code for answer in answers] == [
        "PUBLISHER_KEY_ALREADY_EXISTS",
        "PUBLISHER_KEY_NOT_FOUND",
        "PUBLISHER_MEMBERSHIP_REQUIRED",
    ]
    assert (await registry.ask("GET", "/api/v1/publishers/acme")).body == before.body


async def test_a_window_without_a_moment_is_refused(registry: World) -> None:
    answer = await trusted(registry, SigningKey.generate(), valid_from=FUTURE, valid_until=PAST)

    assert (answer.status, answer.code) == (400, "INVALID_KEY_WINDOW")
