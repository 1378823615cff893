"""Fifty attempts for one number at once: one wins, and everything that is left is the winner's."""

import asyncio
from collections import Counter
from itertools import cycle

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.service_tokens import Caller
from integration.registry.world import Answer, World, bundle

RACERS = 50
ROUNDS = 5
LONG_ROUNDS = 100
SERVICE = Caller("service:gateway")


async def prepared(registry: World, content: bytes, way: str) -> str:
    """Bring an attempt up to its last request; return what that one names."""
    match way:
        case "predecessor":
            return await registry.staged(content)
        case "session":
            return await registry.uploaded(content)
        case _:
            return ""


async def last_request(registry: World, content: bytes, way: str, place: str) -> Answer:
    match way:
        case "predecessor":
            return await registry.finalize(place)
        case "session":
            return await registry.ask("POST", f"{place}/finalize", {})
        case _:
            return await registry.publish_at_once(content)


async def race(registry: World, number: str, *, is_same: bool) -> str:
    """Run one race and return the content hash of its winner."""
    contents = [
        bundle(version=number, marker=b"-" if is_same else str(racer).encode()) for racer in range(RACERS)
    ]
    ways = [way for way, _ in zip(cycle(("one-shot", "session", "predecessor")), contents, strict=False)]
    places = [await prepared(registry, content, way) for content, way in zip(contents, ways, strict=True)]

    answers = await asyncio.gather(
        *(
            last_request(registry, content, way, place)
            for content, way, place in zip(contents, ways, places, strict=True)
        )
    )
    # Told to come back is no answer yet: whoever hears it sends the same request again.
    while busy := [racer for racer, answer in enumerate(answers) if answer.status == 503]:
        for racer in busy:
            answers[racer] = await last_request(registry, contents[racer], ways[racer], places[racer])

    assert Counter(answer.code for answer in answers) == {None: 1, "VERSION_ALREADY_EXISTS": RACERS - 1}
    winner = next(racer for racer, answer in enumerate(answers) if answer.code is None)
    content_hash = ContentHash.of(contents[winner])
    served = await registry.ask("GET", f"/internal/v1/bundles/{content_hash}", caller=SERVICE)
    assert served.body == contents[winner]
    for answer in answers:
        if answer.code is not None:
            assert answer.body["details"]["content_hash"] == str(content_hash)
    return str(content_hash)


async def assert_races_have_one_winner_each(registry: World, rounds: int, *, is_same: bool) -> None:
    winners = [await race(registry, f"1.{minor}.0", is_same=is_same) for minor in range(rounds)]

    facts = await registry.facts()
    tables = ("extension_version", "extension_bundle", "version_position", "outbox", "files")
    assert {name: facts[name] for name in tables} == dict.fromkeys(tables, rounds)
    events = await registry.events("registry")
    assert [event["id"] for event in events] == [f"registry/{serial}" for serial in range(1, rounds + 1)]
    assert [event["data"]["content_hash"] for event in events] == winners
    stored = {path.rsplit("/", 1)[1] for path in registry.files()}
    assert stored == {winner.removeprefix("sha256:") for winner in winners}


@pytest.mark.parametrize("is_same", [True, False], ids=["same-bytes", "other-bytes"])
async def test_of_fifty_attempts_one_wins_every_round(registry: World, *, is_same: bool) -> None:
    await assert_races_have_one_winner_each(registry, ROUNDS, is_same=is_same)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("is_same", [True, False], ids=["same-bytes", "other-bytes"])
async def test_of_fifty_attempts_one_wins_a_hundred_times(registry: World, *, is_same: bool) -> None:
    await assert_races_have_one_winner_each(registry, LONG_ROUNDS, is_same=is_same)


async def test_fifty_requests_of_one_attempt_are_one_publish(registry: World) -> None:
    content = bundle()

    answers = await asyncio.gather(*(registry.publish_at_once(content, key="once") for _ in range(RACERS)))

    assert {answer.code for answer in answers} <= {None, "IDEMPOTENCY_IN_PROGRESS", "REGISTRY_BUSY"}
    told = [answer for answer in answers if answer.code is None]
    assert sum("Idempotency-Replayed" not in answer.headers for answer in told) == 1
    assert len({str(answer.body) for answer in told}) == 1
    assert (await registry.facts())["extension_version"] == 1
