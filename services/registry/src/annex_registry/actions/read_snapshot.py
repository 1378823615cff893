"""Read the state that a feed has led to, with the serial it equals."""

from collections.abc import Sequence
from dataclasses import dataclass

from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.install import Install
from annex_registry.domain.ports import Records
from annex_shared.contracts.events import INSTALLS_FEED, REGISTRY_FEED
from annex_shared.contracts.versions import VersionRecord
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class VersionsSnapshot:
    """``last`` is the serial that the next page comes after; None when this was the last page."""

    items: Sequence[VersionRecord]
    as_of: int
    last: int | None


@dataclass(frozen=True, slots=True)
class InstallsSnapshot:
    """``last`` is the install that the next page comes after; None when this was the last page."""

    items: Sequence[Install]
    as_of: int
    last: InstallId | None


async def read_versions_snapshot(
    *, after: int, as_of: int | None, limit: int, caller: Caller, records: Records
) -> VersionsSnapshot:
    """Read published versions up to ``as_of``. They never change, so all pages together are one state."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(is_one_state=True) as work:
        serial = await work.outbox.serial(REGISTRY_FEED) if as_of is None else as_of
        read = await work.versions.records(after=after, limit=limit)
    items = [record for record in read if record.serial <= serial]
    return VersionsSnapshot(items, serial, items[-1].serial if len(items) == limit else None)


async def read_installs_snapshot(
    *, after: InstallId | None, as_of: int | None, limit: int, caller: Caller, records: Records
) -> InstallsSnapshot:
    """Read the tenant's installs. A later page may be newer than the first, whose serial all carry."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=tenant_of(caller), is_one_state=True) as work:
        serial = await work.outbox.serial(INSTALLS_FEED) if as_of is None else as_of
        items = await work.installs.listing(after=after, limit=limit)
    return InstallsSnapshot(items, serial, items[-1].id if len(items) == limit else None)
