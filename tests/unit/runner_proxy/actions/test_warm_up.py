from dataclasses import dataclass, field
from typing import Any

import pytest

from annex_runner_proxy.actions.warm_up import Warming, WarmUpPorts, warm_up
from annex_runner_proxy.domain.errors import (
    BundleNotFound,
    ComponentInvalid,
    InstallNotFound,
    InstallRequired,
    Overloaded,
    VersionBlocked,
    VersionWarming,
)
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.warming import Wanted, WarmState
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId
from support.version_statuses import a_status
from unit.runner_proxy.fakes import (
    EXTENSION,
    HASH,
    INSTALL,
    OTHER_HASH,
    OTHER_TENANT,
    TENANT,
    MemoryModules,
    MemoryRecords,
    an_install,
)


@dataclass(slots=True)
class Published:
    versions: set[tuple[ExtensionId, ContentHash]] = field(default_factory=lambda: {(EXTENSION, OTHER_HASH)})

    async def is_published(self, extension_id: ExtensionId, content_hash: ContentHash) -> bool:
        return (extension_id, content_hash) in self.versions


def _ports(**changes: Any) -> WarmUpPorts:
    fields: dict[str, Any] = {
        "installs": InstallTable(),
        "records": MemoryRecords.of(an_install()),
        "versions": Published(),
        "modules": MemoryModules(),
        "blocked": BlockedVersions(),
        "max_wait_seconds": 10.0,
    }
    return WarmUpPorts(**{**fields, **changes})


def _wanted(**changes: Any) -> Wanted:
    fields: dict[str, Any] = {
        "tenant_id": TENANT,
        "extension_id": EXTENSION,
        "install_id": INSTALL,
        "content_hash": None,
    }
    return Wanted(**{**fields, **changes})


async def test_version_of_an_install_is_made_ready() -> None:
    warmed = await warm_up(_wanted(), wait_seconds=0, ports=_ports())

    assert warmed == (HASH, WarmState.READY)


async def test_version_that_takes_longer_is_warming() -> None:
    modules = MemoryModules(refusals={HASH: VersionWarming("Soon.")})

    warmed = await warm_up(_wanted(), wait_seconds=1, ports=_ports(modules=modules))

    assert warmed == (HASH, WarmState.WARMING)


async def test_wait_is_bounded_by_the_platform() -> None:
    modules = MemoryModules()

    await warm_up(_wanted(), wait_seconds=9_999, ports=_ports(modules=modules))

    assert modules.waits == [10.0]


async def test_published_bundle_is_made_ready_before_it_is_installed() -> None:
    wanted = _wanted(install_id=None, content_hash=OTHER_HASH)

    assert await warm_up(wanted, wait_seconds=0, ports=_ports()) == (OTHER_HASH, WarmState.READY)


async def test_unknown_hash_costs_no_compiler() -> None:
    modules = MemoryModules()

    with pytest.raises(BundleNotFound):
        await warm_up(
            _wanted(install_id=None, content_hash=HASH), wait_seconds=0, ports=_ports(modules=modules)
        )

    assert modules.waits == []


async def test_install_of_another_tenant_does_not_exist() -> None:
    with pytest.raises(InstallNotFound):
        await warm_up(_wanted(tenant_id=OTHER_TENANT), wait_seconds=0, ports=_ports())


@pytest.mark.parametrize("named", ["install", "hash"])
async def test_blocked_version_is_not_made_ready(named: str) -> None:
    blocked, modules = BlockedVersions(), MemoryModules()
    for serial, (version_id, content_hash) in enumerate([("version-1", HASH), ("version-2", OTHER_HASH)]):
        blocked.apply(
            a_status(
                "blocked",
                serial=serial + 1,
                version_id=version_id,
                extension_id=EXTENSION,
                content_hash=content_hash,
            )
        )
    wanted = _wanted() if named == "install" else _wanted(install_id=None, content_hash=OTHER_HASH)

    with pytest.raises(VersionBlocked):
        await warm_up(wanted, wait_seconds=0, ports=_ports(blocked=blocked, modules=modules))

    assert modules.waits == []


async def test_naming_nothing_is_refused() -> None:
    with pytest.raises(InstallRequired):
        await warm_up(_wanted(install_id=None), wait_seconds=0, ports=_ports())


async def test_only_so_many_versions_warm_at_once_and_a_finished_one_makes_room() -> None:
    modules = MemoryModules(refusals={HASH: VersionWarming("Soon.")})
    ports = _ports(modules=modules, warming=Warming(at_once=1))
    other = _wanted(install_id=None, content_hash=OTHER_HASH)
    await warm_up(_wanted(), wait_seconds=0, ports=ports)

    with pytest.raises(Overloaded):
        await warm_up(other, wait_seconds=0, ports=ports)
    assert (await warm_up(_wanted(), wait_seconds=0, ports=ports))[1] is WarmState.WARMING
    modules.refusals.clear()
    await warm_up(_wanted(), wait_seconds=0, ports=ports)

    assert (await warm_up(other, wait_seconds=0, ports=ports))[1] is WarmState.READY


async def test_version_that_cannot_be_made_ready_says_why_and_leaves_room() -> None:
    modules = MemoryModules(refusals={HASH: ComponentInvalid("No component.")})
    ports = _ports(modules=modules, warming=Warming(at_once=1))

    with pytest.raises(ComponentInvalid):
        await warm_up(_wanted(), wait_seconds=0, ports=ports)

    other = _wanted(install_id=None, content_hash=OTHER_HASH)
    assert (await warm_up(other, wait_seconds=0, ports=ports))[1] is WarmState.READY
