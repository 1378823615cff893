"""Hosts: declared by a version, allowed by a tenant, bound to a secret."""

from typing import Any

import pytest

from integration.registry.world import Answer, World

OLDER = ["api.example.com", "*.example.org"]
NEWER = ["*.example.org", "new.example.com"]


@pytest.fixture
async def shop(registry: World) -> World:
    """Return a registry with 1.0.0 and 1.1.0, which declares another host instead of one."""
    for version, hosts in (("1.0.0", OLDER), ("1.1.0", NEWER)):
        declared: dict[str, Any] = {"x-annex-egress": hosts}
        await registry.published(version=version, capabilities=["http.fetch"], **declared)
    return registry


def _path(install: Any, below: str = "") -> str:
    return f"/api/v1/installs/{install['install_id']}{below}"


async def _changed(shop: World, install: Any, **body: Any) -> Answer:
    return await shop.ask("PATCH", _path(install), body)


async def _projected(shop: World, install: Any) -> tuple[list[str], list[str]]:
    record = (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    return record["egress"], record["declared_egress"]


async def test_granting_requests_allows_the_hosts_that_were_shown(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])

    assert (install["egress"], install["declared_egress"]) == (OLDER, OLDER)
    assert await _projected(shop, install) == (OLDER, OLDER)


async def test_without_the_grant_no_host_is_allowed_or_told(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=[])

    assert install["egress"] == []
    assert await _projected(shop, install) == ([], [])


async def test_a_tenant_allows_less_than_is_declared(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"], egress=["A.example.org"])

    less = await _changed(shop, install, egress=[])
    again = await _changed(shop, install, egress=[])

    assert install["egress"] == ["a.example.org"]
    assert (less.body["egress"], less.body["revision"]) == ([], 2)
    assert again.body["revision"] == 2


@pytest.mark.parametrize(
    ("hosts", "code"),
    [
        (["other.example.com"], "EGRESS_NOT_DECLARED"),
        (["http://api.example.com"], "EGRESS_NOT_DECLARED"),
        (["*.example.com"], "EGRESS_NOT_DECLARED"),
        (["*"], "INVALID_HOST_PATTERN"),
        (["127.1"], "INVALID_HOST_PATTERN"),
        ([f"h{number}.example.org" for number in range(51)], "INVALID_HOST_PATTERN"),
    ],
    ids=["another", "another-scheme", "wider", "everything", "a-trick", "too-many"],
)
async def test_a_host_that_is_not_declared_is_refused(shop: World, hosts: list[str], code: str) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])

    refused = await _changed(shop, install, egress=hosts)

    assert (refused.status, refused.code) == (400, code)
    assert (await shop.ask("GET", _path(install))).body == install


async def test_a_host_that_is_new_in_a_version_stays_closed_until_it_is_named(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])

    upgraded = await _changed(shop, install, version="1.1.0")
    named = await _changed(shop, install, egress=NEWER)

    assert (upgraded.body["egress"], upgraded.body["declared_egress"]) == (["*.example.org"], NEWER)
    assert named.body["egress"] == NEWER


async def test_a_roll_back_brings_hosts_back_less_those_taken_away_since(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])
    await _changed(shop, install, version="1.1.0", egress=["new.example.com"])

    back = await shop.ask("POST", _path(install, "/rollback"), {})

    assert (back.body["version"], back.body["egress"]) == ("1.0.0", ["api.example.com"])
    history = (await shop.ask("GET", _path(install, "/history"))).body["items"]
    assert [state["egress"] for state in history] == [["api.example.com"], ["new.example.com"], OLDER]


async def test_taking_the_grant_away_closes_every_host(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])

    denied = await _changed(shop, install, grants=[])

    assert denied.body["egress"] == []


async def test_a_secret_keeps_its_hosts_until_others_are_named(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["http.fetch"])
    path = _path(install, "/secrets/TOKEN")

    async def bound(**more: Any) -> list[str]:
        answer = await shop.ask("PUT", path, {"value": "hunter22", **more})
        assert answer.status == 200
        listed = (await shop.ask("GET", _path(install, "/secrets"))).body["items"]
        record = (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
        assert record["secrets"][0]["hosts"] == listed[0]["hosts"]
        hosts: list[str] = listed[0]["hosts"]
        return hosts

    assert await bound() == []
    assert await bound(hosts=["API.example.com"]) == ["api.example.com"]
    assert await bound() == ["api.example.com"]
    assert await bound(hosts=[]) == []
    refused = await shop.ask("PUT", path, {"value": "x", "hosts": ["*"]})
    assert (refused.status, refused.code) == (400, "INVALID_HOST_PATTERN")
