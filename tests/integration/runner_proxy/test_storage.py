"""Guests in real workers that store and read, through the database of a running runner-proxy."""

import base64
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.http.client import ServiceAnswer
from annex_shared.service_tokens import Caller
from integration.runner_proxy.platform import CONTRACT, OTHER_TENANT, TENANT, Platform
from support.api_contract import Seen

GRANTED = {"grants": ["cap:storage.kv"]}


def _said(answer: ServiceAnswer) -> tuple[int, bytes, int]:
    """Return the guest's status and body, and the effects of the call."""
    document = answer.json()
    return document["status"], base64.b64decode(document["body_b64"]), document["effects"]


async def _read(platform: Platform, **install: Any) -> tuple[int, bytes, int]:
    return _said(await platform.execute(platform.install("calls_storage", **install)))


async def test_a_guest_finds_what_it_stored_through_either_generation(platform: Platform) -> None:
    install_id = str(uuid4())
    writer = platform.install("puts_item", install_id=install_id, **GRANTED)

    first = await platform.execute(writer, method="POST", body=b"\x00body")
    second = await platform.execute(writer, method="POST", body=b"other")
    read = await _read(platform, install_id=install_id, revision=2, **GRANTED)

    assert _said(first) == (201, b"first", 1)
    # Refused by its condition: whoever repeats the request repeats nothing.
    assert _said(second) == (400, b"conflict", 0)
    assert read == (200, b"\x00body", 0)


async def test_a_guest_sees_nothing_of_another_install_or_tenant(platform: Platform) -> None:
    install_id = str(uuid4())
    writer = platform.install("puts_item", install_id=install_id, **GRANTED)
    await platform.execute(writer, method="POST", body=b"mine")

    elsewhere = await _read(platform, **GRANTED)
    foreign = await _read(platform, install_id=install_id, tenant_id=str(OTHER_TENANT), revision=2, **GRANTED)

    assert elsewhere == foreign == (400, b"missing", 0)


async def test_without_the_grant_storage_is_denied(platform: Platform) -> None:
    assert await _read(platform) == (400, b"denied", 0)


async def _usage(platform: Platform, install_id: str, caller: Caller | None = None) -> ServiceAnswer:
    path = f"/internal/v1/installs/{install_id}/storage"
    answer = await platform.client.request(
        "GET", path, caller=caller or Caller("key:1", TENANT), timeout_seconds=20
    )
    CONTRACT.require(Seen("GET", path, answer.status, answer.headers, answer.body))
    return answer


async def test_the_tenant_is_told_what_an_install_stores(platform: Platform) -> None:
    writer = platform.install("puts_item", **GRANTED)
    before = await _usage(platform, writer.install_id)
    await platform.execute(writer, method="POST", body=b"12345")

    after = await _usage(platform, writer.install_id)

    nothing = {"bytes": 0, "keys": 0, "namespaces": 0}
    limits = {"install_id": writer.install_id, "max_bytes": 256 * 1024 * 1024, "max_namespaces": 32}
    assert before.json() == {**limits, **nothing}
    assert after.json() == {**limits, "bytes": 5, "keys": 1, "namespaces": 1}


@pytest.mark.parametrize(
    ("caller", "status", "code"),
    [
        (Caller("key:1", OTHER_TENANT), 404, "INSTALL_NOT_FOUND"),
        (Caller("key:1", None), 403, "CALLER_REFUSED"),
    ],
    ids=["another tenant", "no tenant"],
)
async def test_nobody_else_is_told(platform: Platform, caller: Caller, status: int, code: str) -> None:
    writer = platform.install("puts_item", **GRANTED)

    answer = await _usage(platform, writer.install_id, caller)

    assert (answer.status, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("install_id", "status", "code"),
    [(str(uuid4()), 404, "INSTALL_NOT_FOUND"), ("notes", 400, "INVALID_ID")],
    ids=["unknown", "no id"],
)
async def test_what_is_no_install_stores_nothing(
    platform: Platform, install_id: str, status: int, code: str
) -> None:
    answer = await _usage(platform, install_id)

    assert (answer.status, answer.json()["code"]) == (status, code)
