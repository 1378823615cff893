"""A version number is spent the first time: in sequence, in a race, with the same and with other bytes."""

import asyncio
import json
from collections import Counter

import pytest
from structlog.testing import capture_logs

from annex_shared.content_hash import ContentHash
from integration.registry.world import World, bundle

RACERS = 16


@pytest.mark.parametrize("is_same", [True, False], ids=["same-bytes", "other-bytes"])
async def test_a_published_number_is_refused_and_nothing_is_left(registry: World, *, is_same: bool) -> None:
    first = await registry.published()
    facts = await registry.facts()

    answer = await registry.publish(bundle(marker=b"-" if is_same else b"other"))

    sentence = (
        'Version "1.4.0" of acme/invoice-notes is already published and cannot be changed. '
        "Choose a new version number and publish again."
    )
    assert answer.status == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.code == "VERSION_ALREADY_EXISTS"
    assert answer.body["type"] == "/errors/version-already-exists"
    assert answer.body["message"] == answer.body["detail"] == sentence
    assert answer.body["request_id"] == "req_test"
    assert answer.body["details"] == {
        "extension": "acme/invoice-notes",
        "version": "1.4.0",
        "existing_version": "1.4.0",
        "published_at": answer.body["details"]["published_at"],
        "content_hash": first["contentHash"],
        "same_content": is_same,
        "log_index": first["logIndex"],
        "suggested_version": "1.4.1",
    }
    assert await registry.facts() == facts


async def test_clients_of_the_predecessor_find_its_members(registry: World) -> None:
    await registry.published()

    answer = await registry.publish(bundle())

    assert answer.body["success"] is False
    assert answer.body["error"] == {
        "code": "EXTENSION_VERSION_ALREADY_EXISTS",
        "message": answer.body["message"],
    }


async def test_build_metadata_does_not_make_another_number(registry: World) -> None:
    await registry.published(version="1.4.0+a")
    facts = await registry.facts()

    answer = await registry.publish(bundle(version="1.4.0+b"))

    assert answer.code == "VERSION_ALREADY_EXISTS"
    assert answer.body["message"] == (
        'Version "1.4.0+b" of acme/invoice-notes is already published as "1.4.0+a" and cannot be changed. '
        "Choose a new version number and publish again."
    )
    assert answer.body["details"]["existing_version"] == "1.4.0+a"
    assert await registry.facts() == facts


async def test_the_suggested_number_is_free(registry: World) -> None:
    for version in ("1.4.0", "1.4.7", "1.4.8-rc.1", "1.10.3", "11.4.99"):
        await registry.published(version=version)

    refused = await registry.publish(bundle(version="1.4.0"))
    suggested = refused.body["details"]["suggested_version"]

    assert suggested == "1.4.8"
    assert (await registry.publish(bundle(version=suggested))).status == 200


async def test_a_refused_duplicate_is_refused_again_when_repeated(registry: World) -> None:
    await registry.published()
    key = await registry.staged(bundle())
    first = await registry.finalize(key)

    again = await registry.finalize(key)

    assert (again.status, again.body) == (409, first.body)


async def test_a_refused_duplicate_writes_one_log_event(registry: World) -> None:
    receipt = await registry.published()
    key = await registry.staged(bundle())

    with capture_logs() as lines:
        await registry.finalize(key)

    events = [line for line in lines if line["event"] == "version_publish_refused"]
    assert len(events) == 1
    assert events[0]["extension_id"] == receipt["extension"]["id"]
    assert events[0]["version"] == "1.4.0"
    assert events[0]["attempt"] == key.split("/")[2]
    assert events[0]["request_id"] == "req_test"


async def test_an_uninstall_does_not_free_a_number(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await registry.ask("DELETE", f"/api/v1/installs/{install['install_id']}")

    in_sequence = await registry.publish(bundle())
    raced = await asyncio.gather(*(registry.publish(bundle()) for _ in range(4)))

    assert {answer.code for answer in (in_sequence, *raced)} == {"VERSION_ALREADY_EXISTS"}


@pytest.mark.parametrize("is_same", [True, False], ids=["same-bytes", "other-bytes"])
async def test_of_sixteen_racers_exactly_one_wins(registry: World, *, is_same: bool) -> None:
    contents = [bundle(marker=b"-" if is_same else str(racer).encode()) for racer in range(RACERS)]
    keys = [await registry.staged(content) for content in contents]

    with capture_logs() as lines:
        answers = await asyncio.gather(*(registry.finalize(key) for key in keys))

    winners = [answer for answer in answers if answer.status == 200]
    assert Counter(answer.code for answer in answers) == {None: 1, "VERSION_ALREADY_EXISTS": RACERS - 1}
    refusals = [line for line in lines if line["event"] == "version_publish_refused"]
    assert len(refusals) == RACERS - 1
    assert {line["attempt"] for line in refusals} < {key.split("/")[2] for key in keys}
    facts = await registry.facts()
    assert {name: facts[name] for name in ("extension_version", "extension_bundle", "outbox", "files")} == {
        "extension_version": 1,
        "extension_bundle": 1,
        "outbox": 1,
        "files": 1,
    }
    digest = ContentHash.parse(winners[0].body["contentHash"]).hex
    assert registry.files() == [f"blobs/sha256/{digest[:2]}/{digest}"]
    assert all(
        answer.body["details"]["content_hash"] == winners[0].body["contentHash"]
        for answer in answers
        if answer.status == 409
    )


async def test_one_upload_finalized_by_many_is_published_once_and_answered_alike(registry: World) -> None:
    key = await registry.staged(bundle())

    answers = await asyncio.gather(*(registry.finalize(key) for _ in range(RACERS)))

    assert {answer.status for answer in answers} == {200}
    assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert (await registry.facts())["extension_version"] == 1


async def test_racers_for_different_numbers_all_win_and_serials_have_no_gap(registry: World) -> None:
    keys = [await registry.staged(bundle(version=f"1.{minor}.0")) for minor in range(RACERS)]

    answers = await asyncio.gather(*(registry.finalize(key) for key in keys))

    assert {answer.status for answer in answers} == {200}
    serials = [event["id"] for event in await registry.events("registry")]
    assert serials == [f"registry/{serial}" for serial in range(1, RACERS + 1)]
