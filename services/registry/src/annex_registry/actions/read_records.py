"""What other services project: every version and every tenant's installs, with the serial they equal."""

from collections.abc import Sequence

from annex_registry.domain.authority import require_peer
from annex_registry.domain.errors import InstallNotFound
from annex_registry.domain.ports import InstallRecordPage, Records
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import REGISTRY_FEED
from annex_shared.contracts.installs import InstallRecord
from annex_shared.contracts.versions import VersionRecord, VersionStatusRecord
from annex_shared.ids import InstallId
from annex_shared.service_tokens import Caller


async def read_version_records(
    *, after: int, limit: int, unless_as_of: int | None, caller: Caller, records: Records
) -> tuple[Sequence[VersionRecord], int] | None:
    """Read versions with their statuses as of the serial told, or None while nothing has changed."""
    require_peer(caller)
    async with records.work() as work:
        as_of = await work.outbox.serial(REGISTRY_FEED)
        if as_of == unless_as_of:
            return None
        return await work.versions.records(after=after, limit=limit, as_of=as_of), as_of


async def read_version_records_of_hash(
    content_hash: ContentHash, *, caller: Caller, records: Records
) -> tuple[Sequence[VersionRecord], int]:
    require_peer(caller)
    async with records.work() as work:
        as_of = await work.outbox.serial(REGISTRY_FEED)
        return await work.versions.records_of_hash(content_hash), as_of


async def read_version_status_records(
    *, after: int, limit: int, unless_as_of: int | None, caller: Caller, records: Records
) -> tuple[Sequence[VersionStatusRecord], int] | None:
    """Read what was said of versions after a serial, the newest of each; None while nothing has changed."""
    require_peer(caller)
    async with records.work() as work:
        as_of = await work.outbox.serial(REGISTRY_FEED)
        if as_of == unless_as_of:
            return None
        return await work.version_statuses.records(after=after, limit=limit), as_of


async def read_install_records(
    *, after: InstallId | None, limit: int, unless_as_of: int | None, caller: Caller, records: Records
) -> InstallRecordPage | None:
    """Read one page of every tenant's installs, or None while nothing has changed."""
    require_peer(caller)
    return await records.installs_of_all_tenants(after=after, limit=limit, unless_as_of=unless_as_of)


async def read_install_record(install_id: InstallId, *, caller: Caller, records: Records) -> InstallRecord:
    require_peer(caller)
    record = await records.install_record(install_id)
    if record is None:
        raise InstallNotFound("There is no install with that id.", details={"install_id": str(install_id)})
    return record
