"""Limits an operator sets for one install: who may, what is kept, and what other services read."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import ADMIN, EVERYTHING, OTHER_TENANT, World

WISH = {"limits": {"timeout_ms": 20_000, "fuel": 5}, "reuse": {"max_requests": 64, "max_idle_seconds": 1.5}}
ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)


@pytest.fixture
async def install(registry: World) -> Any:
    await registry.published()
    return await registry.installed()


def _address(install: Any) -> str:
    return f"/api/v1/installs/{install['install_id']}/limits"


async def test_limits_are_kept_shown_announced_and_read_by_services(registry: World, install: Any) -> None:
    answer = await registry.ask("PUT", _address(install), WISH)
    again = await registry.ask("PUT", _address(install), WISH)
    record = await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")
    events = await registry.events("installs")

    assert answer.status == 200
    assert (answer.body["limits"], answer.body["reuse"]) == (WISH["limits"], WISH["reuse"])
    assert (record.body["limits"], record.body["reuse"]) == (WISH["limits"], WISH["reuse"])
    assert answer.body["revision"] == install["revision"] + 1 == again.body["revision"]
    assert [event["data"]["change"] for event in events] == ["installed", "configured"]


async def test_empty_wish_takes_every_limit_away(registry: World, install: Any) -> None:
    await registry.ask("PUT", _address(install), WISH)

    answer = await registry.ask("PUT", _address(install), {})

    assert (answer.body["limits"], answer.body["reuse"]) == ({}, None)


async def test_limits_outlive_other_changes_of_the_install(registry: World, install: Any) -> None:
    await registry.ask("PUT", _address(install), WISH)

    answer = await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"is_enabled": False})

    assert answer.body["limits"] == WISH["limits"]


async def test_tenant_cannot_set_its_own_limits(registry: World, install: Any) -> None:
    tenant = replace(ADMIN, permissions=EVERYTHING - {Permission.PLATFORM_ADMIN})

    refused = await registry.ask("PUT", _address(install), WISH, caller=tenant)

    assert (refused.status, refused.code) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "body",
    [
        {"limits": {"time": 1}},
        {"limits": {"timeout_ms": 0}},
        {"limits": {"timeout_ms": "soon"}},
        {"reuse": {"max_requests": 1, "max_idle_seconds": 1}},
        {"reuse": {"max_requests": 2}},
        {"timeout_ms": 1},
    ],
    ids=["unknown limit", "zero", "text", "reuse for one call", "reuse without end", "no limits member"],
)
async def test_what_is_no_limit_is_refused(registry: World, install: Any, body: dict[str, Any]) -> None:
    refused = await registry.ask("PUT", _address(install), body)

    assert (refused.status, refused.code) == (400, "INVALID_REQUEST")


async def test_install_of_another_tenant_does_not_exist(registry: World, install: Any) -> None:
    elsewhere = await registry.ask("PUT", _address(install), WISH, caller=ELSEWHERE)
    unknown = await registry.ask("PUT", _address({"install_id": str(uuid4())}), WISH)

    assert (elsewhere.status, elsewhere.code) == (404, "INSTALL_NOT_FOUND")
    assert unknown.code == "INSTALL_NOT_FOUND"
