from typing import Any

import pytest

from annex_runner_proxy.actions.resolve_install import resolve_install
from annex_runner_proxy.domain.errors import (
    InstallDisabled,
    InstallNotFound,
    InstallRequired,
    InstallVersionMismatch,
    RegistryUnavailable,
    VersionBlocked,
)
from annex_runner_proxy.domain.execution import Execution
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_shared.blocked_versions import BlockedVersions
from support.version_statuses import a_status
from unit.runner_proxy.fakes import (
    INSTALL,
    OTHER_EXTENSION,
    OTHER_HASH,
    OTHER_TENANT,
    MemoryRecords,
    an_execution,
    an_install,
)


def _table(*installs: Install) -> InstallTable:
    table = InstallTable()
    for install in installs:
        table.apply(install)
    return table


async def _resolved(
    execution: Execution,
    *,
    installs: InstallTable,
    records: MemoryRecords,
    blocked: BlockedVersions | None = None,
) -> Install:
    return await resolve_install(
        execution, installs=installs, records=records, blocked=blocked or BlockedVersions()
    )


async def test_known_install_is_not_asked_for() -> None:
    records = MemoryRecords.of(an_install())

    install = await _resolved(an_execution(), installs=_table(an_install()), records=records)

    assert install == an_install()
    assert records.asked == 0


async def test_unknown_install_is_asked_for_and_kept() -> None:
    table = _table()

    await _resolved(an_execution(), installs=table, records=MemoryRecords.of(an_install()))

    assert table.get(INSTALL) == an_install()


@pytest.mark.parametrize("newer", [{"config_version": 2}, {"secrets_version": 2}])
async def test_copy_older_than_the_callers_is_replaced_first(newer: dict[str, Any]) -> None:
    fresh = an_install(revision=2, config={"a": "new"}, **newer)

    install = await _resolved(
        an_execution(**newer), installs=_table(an_install()), records=MemoryRecords.of(fresh)
    )

    assert install.config == {"a": "new"}


async def test_older_copy_is_not_used_while_the_registry_is_away() -> None:
    records = MemoryRecords(is_away=True)

    with pytest.raises(RegistryUnavailable):
        await _resolved(an_execution(config_version=2), installs=_table(an_install()), records=records)


async def test_upgrade_we_have_not_heard_of_is_found() -> None:
    upgraded = an_install(revision=2, content_hash=OTHER_HASH)

    install = await _resolved(
        an_execution(content_hash=OTHER_HASH),
        installs=_table(an_install()),
        records=MemoryRecords.of(upgraded),
    )

    assert install.content_hash == OTHER_HASH


async def test_another_bundle_than_the_installed_is_refused() -> None:
    with pytest.raises(InstallVersionMismatch):
        await _resolved(
            an_execution(content_hash=OTHER_HASH), installs=_table(), records=MemoryRecords.of(an_install())
        )


async def test_request_without_install_is_refused() -> None:
    with pytest.raises(InstallRequired):
        await _resolved(an_execution(install_id=None), installs=_table(), records=MemoryRecords())


@pytest.mark.parametrize("whose", [{"tenant_id": OTHER_TENANT}, {"extension_id": OTHER_EXTENSION}])
async def test_install_of_somebody_else_does_not_exist(whose: dict[str, Any]) -> None:
    with pytest.raises(InstallNotFound):
        await _resolved(
            an_execution(**whose), installs=_table(an_install()), records=MemoryRecords.of(an_install())
        )


async def test_install_that_is_gone_is_forgotten() -> None:
    table = _table(an_install())

    with pytest.raises(InstallNotFound):
        await _resolved(an_execution(config_version=2), installs=table, records=MemoryRecords())

    assert table.get(INSTALL) is None


async def test_disabled_install_is_refused_after_asking_once_more() -> None:
    disabled = an_install(is_enabled=False)

    with pytest.raises(InstallDisabled):
        await _resolved(an_execution(), installs=_table(disabled), records=MemoryRecords.of(disabled))


async def test_install_enabled_again_runs_at_once() -> None:
    install = await _resolved(
        an_execution(),
        installs=_table(an_install(is_enabled=False)),
        records=MemoryRecords.of(an_install(revision=2)),
    )

    assert install.is_enabled


async def test_blocked_version_is_refused_until_it_is_unblocked() -> None:
    table, records, blocked = _table(an_install()), MemoryRecords.of(an_install()), BlockedVersions()
    blocked.apply(a_status("blocked", serial=5, version_id=an_install().version_id))

    with pytest.raises(VersionBlocked, match="It loses notes"):
        await _resolved(an_execution(), installs=table, records=records, blocked=blocked)
    blocked.apply(a_status("active", serial=6, version_id=an_install().version_id))

    assert await _resolved(an_execution(), installs=table, records=records, blocked=blocked) == an_install()


@pytest.mark.parametrize("status", ["deprecated", "yanked"])
async def test_yanked_version_still_runs_where_it_is_installed(status: str) -> None:
    blocked = BlockedVersions()
    blocked.apply(a_status(status, serial=5, version_id=an_install().version_id))

    install = await _resolved(
        an_execution(), installs=_table(an_install()), records=MemoryRecords.of(an_install()), blocked=blocked
    )

    assert install == an_install()
