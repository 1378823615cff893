"""Keep the installs projection: one install after an event, all of them at start and now and then."""

import structlog

from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.ids import InstallId

log = structlog.get_logger()


async def follow_install(
    install_id: InstallId, *, revision: int, installs: InstallTable, records: InstallRecords
) -> Install | None:
    """Copy the install's present state unless we know ``revision`` already; return it if it exists."""
    if revision <= installs.known_revision(install_id):
        return installs.get(install_id)
    install = await records.install(install_id)
    if install is None:
        installs.forget(install_id, revision=revision)
        return None
    installs.apply(install)
    return install


async def rebuild_installs(*, installs: InstallTable, records: InstallRecords) -> int:
    """Read every install from the registry and drop what is gone; return how many we know now."""
    installs.begin_rebuild()
    async for install in records.all_installs():
        installs.apply(install)
    gone = installs.finish_rebuild()
    log.info("installs_rebuilt", installs=len(installs), gone=len(gone))
    return len(installs)
