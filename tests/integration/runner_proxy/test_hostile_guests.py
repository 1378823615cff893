"""Guests that mean harm, on a running runner-proxy, beside a tenant that means none and is under load."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from annex_shared.bundle.errors import BundleRefused
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord
from integration.runner_proxy.platform import (
    OTHER_TENANT,
    Platform,
    bundle_of,
)
from support.hostile_archives import archive, file
from support.hostile_guests import Hostile, exporting_wasm, hostile_guests

HOSTILE = hostile_guests()
# Time for a guest that ends by it, and for one that ends by something else on a busy machine.
SHORT_MS, LONG_MS = 700, 30_000
MEMORY_MB = 64
CLIENTS = 2


@dataclass(slots=True)
class Neighbour:
    """Calls its own extension all the time and keeps every answer that was not the right one."""

    platform: Platform
    record: InstallRecord
    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    is_over: bool = False

    async def call_on_and_on(self, client: int) -> None:
        number = 0
        while not self.is_over:
            number += 1
            body = f"{client}/{number}".encode()
            answer = await self.platform.execute(self.record, method="POST", body=body, timeout_ms=LONG_MS)
            document = answer.json()
            if answer.status == 200 and base64.b64decode(document["body_b64"]) == body:
                self.answered += 1
            else:
                self.wrong.append(f"{answer.status} {document.get('code')}")
            # The tests' own loop runs here as well; a neighbour that never pauses would be the load test.
            await asyncio.sleep(0.005)

    async def has_been_answered_again(self) -> None:
        """Wait for an answer to a call that began after this moment."""
        enough = self.answered + CLIENTS + 1
        async with asyncio.timeout(30):
            while self.answered < enough and not self.wrong:  # noqa: ASYNC110 - answers announce themselves to nobody
                await asyncio.sleep(0.005)


@pytest.fixture(scope="module")
async def neighbour(platform: Platform) -> AsyncIterator[Neighbour]:
    record = platform.install("echo_body", tenant_id=str(OTHER_TENANT))
    neighbour = Neighbour(platform, record)
    clients = [asyncio.create_task(neighbour.call_on_and_on(client)) for client in range(CLIENTS)]
    yield neighbour
    neighbour.is_over = True
    await asyncio.gather(*clients)


def archive_of(wasm: bytes) -> bytes:
    """Pack a handler, also one that publishing refuses: the runner must not rely on that."""
    try:
        return bundle_of(wasm)
    except BundleRefused:
        manifest = b'{"name":"notes","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1"}'
        return archive(file(b"manifest.json", manifest), file(b"dist/main.wasm", wasm))


def installed(platform: Platform, hostile: Hostile) -> InstallRecord:
    packed = archive_of(hostile.wasm)
    return platform.install_bundle(ContentHash.of(packed), packed)


@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.name for hostile in HOSTILE])
async def test_hostile_guest_ends_by_name_and_its_neighbour_is_answered(
    platform: Platform, neighbour: Neighbour, hostile: Hostile
) -> None:
    record = installed(platform, hostile)
    if hostile.is_timed:
        # Once it is compiled, what the time measures is the guest.
        await platform.warm_up(record, wait_ms=LONG_MS)

    answer = await platform.execute(
        record,
        timeout_ms=SHORT_MS if hostile.is_timed else LONG_MS,
        limits={"memory_mb": MEMORY_MB},
        method="POST",
        body=hostile.told,
    )

    await neighbour.has_been_answered_again()
    document = answer.json()
    if hostile.code is None:
        assert answer.status == 200, document
        assert "x-annex-problem" not in answer.headers
    else:
        assert document["code"] == hostile.code, document
        assert answer.headers["x-annex-problem"] == hostile.code
        assert document["request_id"] == answer.headers["x-request-id"]
        assert document["details"].get("effects", 0) == 0
    assert neighbour.wrong == []


def test_the_suite_is_as_large_as_promised() -> None:
    assert len(HOSTILE) >= 25
    assert len({(hostile.wasm, hostile.told) for hostile in HOSTILE}) == len(HOSTILE)


@pytest.mark.long
async def test_ten_thousand_exports_only_cost_their_own_call(
    platform: Platform, neighbour: Neighbour
) -> None:
    record = installed(platform, Hostile("ten_thousand_exports", None, exporting_wasm(10_000)))
    await platform.warm_up(record, wait_ms=20_000)

    answer = await platform.execute(record, timeout_ms=30_000)

    await neighbour.has_been_answered_again()
    assert answer.json()["status"] == 200
    assert neighbour.wrong == []


async def test_faked_platform_problem_lacks_the_mark_of_a_real_one(platform: Platform) -> None:
    """What a guest says stays inside the body; the marks stand in headers of the runner-proxy's own."""
    faking = next(hostile for hostile in HOSTILE if hostile.name == "fakes_a_platform_problem")

    answer = await platform.execute(installed(platform, faking), method="POST", body=faking.told)

    document = answer.json()
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert "x-annex-problem" not in answer.headers
    assert (document["status"], document["headers"]["x-annex-problem"]) == (403, "VERSION_BLOCKED")
    assert "code" not in document
    assert answer.headers["x-annex-execution-id"] == document["execution_id"] != "forged"


async def test_identity_forged_in_a_request_reaches_no_guest_as_its_context(platform: Platform) -> None:
    """Headers that claim a tenant are text for the guest; its context comes from the install."""
    record = platform.install("reads_config", config={"greeting": "ours"})

    answer = await platform.execute(
        record,
        headers_list=[["x-alga-tenant", str(OTHER_TENANT)], ["x-annex-tenant", str(OTHER_TENANT)]],
    )

    assert base64.b64decode(answer.json()["body_b64"]) == b"ours"


@pytest.mark.parametrize(
    "flood",
    [
        {"query_list": [[f"k{number}", "v" * 20] for number in range(5_000)]},
        {"headers_list": [[f"x-{number}", "v" * 20] for number in range(5_000)]},
        {"path": "/" + "p" * 200_000},
        {"headers_list": [["x-a", "ä" * 100_000], ["x-nul", "a\0b"], ["", ""], ["x y", "\r\n"]]},
    ],
    ids=["query", "headers", "path", "odd headers"],
)
async def test_flooded_request_is_answered_or_refused_by_name(
    platform: Platform, neighbour: Neighbour, flood: dict[str, Any]
) -> None:
    answer = await platform.execute(platform.install("ok"), **flood)

    await neighbour.has_been_answered_again()
    document = answer.json()
    assert answer.status == 200 or document["code"] in {"INVALID_REQUEST", "BODY_TOO_LARGE"}
    assert neighbour.wrong == []
