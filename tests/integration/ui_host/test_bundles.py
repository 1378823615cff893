import json
from collections.abc import Callable

import pytest

from annex_shared.content_hash import ContentHash
from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry, a_bundle
from integration.ui_host.raw_http import ask
from support.hostile_archives import archive, compressed, file

FILES = {"index.html": b"<p>", "app.js": b"let a"}


def code_of(body: bytes) -> str:
    return str(json.loads(body)["code"])


async def test_wrong_bytes_are_never_served_and_nothing_of_them_is_kept(
    registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)
    right = registry.bundles[version.content_hash]
    registry.bundles[version.content_hash] = a_bundle({**FILES, "app.js": b"evil"})
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"

    wrong = [await ask(port, target) for _ in range(2)]
    registry.bundles[version.content_hash] = right
    after = await ask(port, target)

    assert [(answer.status, code_of(answer.body)) for answer in wrong] == [(502, "INTEGRITY_MISMATCH")] * 2
    assert {answer.headers["cache-control"] for answer in wrong} == {"no-store"}
    assert (after.status, after.body) == (200, b"let a")


@pytest.mark.parametrize("change", [lambda body: body[:-1], lambda body: body + b"\0"], ids=["cut", "longer"])
async def test_one_byte_more_or_less_is_wrong(
    registry: ContractRegistry, port: int, change: Callable[[bytes], bytes]
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.bundles[version.content_hash] = change(registry.bundles[version.content_hash])

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js")

    assert (answer.status, code_of(answer.body)) == (502, "INTEGRITY_MISMATCH")


@pytest.mark.parametrize(
    "bundle",
    [
        b"",
        b"no archive at all",
        compressed(b"no tar at all"),
        archive(file(b"ui/index.html", b"<p>"))[:-4],
        archive(file(b"ui/../index.html", b"<p>")),
        archive(file(b"ui/index.html", b"<p>"), file(b"ui/INDEX.html", b"<i>")),
        archive(file(b"ui/index.html", b"<p>")) + b"more",
    ],
    ids=["empty", "noise", "no tar", "cut", "step up", "case twins", "trailing"],
)
async def test_archive_with_the_right_hash_but_unreadable_shows_nothing(
    bundle: bytes, registry: ContractRegistry, port: int
) -> None:
    version = registry.publish_bytes("acme/notes", bundle)

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/index.html")

    assert (answer.status, code_of(answer.body)) == (502, "BUNDLE_UNREADABLE")


async def test_published_hash_whose_bundle_is_gone_is_not_found(
    registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.bundles.clear()

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js")

    assert (answer.status, code_of(answer.body)) == (404, "ASSET_NOT_FOUND")


async def test_registry_away_leaves_loaded_bundles_shown_and_says_so_of_others(
    registry: ContractRegistry, port: int
) -> None:
    loaded = registry.publish("acme/notes", FILES)
    cold = registry.publish("acme/notes", {**FILES, "app.js": b"let b"})
    await ask(port, f"/ext-ui/acme.notes/{loaded.content_hash}/app.js")
    await ask(port, f"/ext-ui/acme.notes/{cold.content_hash}/../app.js")
    registry.is_away = True

    shown = await ask(port, f"/ext-ui/acme.notes/{loaded.content_hash}/index.html")
    refused = [
        await ask(port, f"/ext-ui/acme.notes/{content_hash}/app.js")
        for content_hash in (cold.content_hash, ContentHash.of(b"unknown"))
    ]
    registry.is_away = False
    recovered = await ask(port, f"/ext-ui/acme.notes/{cold.content_hash}/app.js")

    assert (shown.status, shown.body) == (200, b"<p>")
    for answer in refused:
        assert (answer.status, code_of(answer.body)) == (503, "REGISTRY_UNAVAILABLE")
        assert answer.headers["retry-after"] == "2"
    assert (recovered.status, recovered.body) == (200, b"let b")


async def test_bundle_that_takes_too_long_is_not_waited_for(registry: ContractRegistry, start: Start) -> None:
    version = registry.publish("acme/notes", FILES)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"
    registry.bundle_gate.clear()
    async with start(fetch_timeout_seconds=0.2) as port:
        late = await ask(port, target)
        registry.bundle_gate.set()
        after = await ask(port, target)

    assert (late.status, code_of(late.body)) == (503, "REGISTRY_UNAVAILABLE")
    assert after.status == 200


async def test_ui_over_the_limit_is_refused(registry: ContractRegistry, start: Start) -> None:
    version = registry.publish("acme/notes", {"index.html": b"<p>" * 10_000})
    async with start(max_ui_bytes=10_000) as port:
        answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/index.html")

    assert (answer.status, code_of(answer.body)) == (413, "UI_TOO_LARGE")
    assert json.loads(answer.body)["details"] == {"maximum": 10_000}


async def test_memory_is_bounded_by_dropping_the_longest_unused(
    registry: ContractRegistry, start: Start
) -> None:
    versions = [
        registry.publish(f"acme/notes{number}", {"a.js": bytes([number]) * 6000}) for number in range(3)
    ]
    targets = [f"/ext-ui/acme.{version.name}/{version.content_hash}/a.js" for version in versions]
    async with start(max_ui_bytes=10_000, max_cached_bytes=15_000) as port:
        for target in [*targets, targets[2], targets[0]]:
            assert (await ask(port, target)).status == 200

    assert registry.asked["bundles/{content_hash}"] == 4
