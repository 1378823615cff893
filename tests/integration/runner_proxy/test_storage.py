"""Guests in real workers that store and read, through the database of a running runner-proxy."""

import base64
from typing import Any
from uuid import uuid4

from annex_shared.http.client import ServiceAnswer
from integration.runner_proxy.platform import OTHER_TENANT, Platform

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
