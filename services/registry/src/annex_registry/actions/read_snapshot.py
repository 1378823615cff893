"""Read the state that a feed has led to, with the serial it equals."""

import hashlib
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
    """``last`` is the serial that the next page comes after; None when this was the last page.

    ``items`` is None when the caller holds this page already.
    """

    items: Sequence[VersionRecord] | None
    as_of: int
    last: int | None
    tag: str


@dataclass(frozen=True, slots=True)
class InstallsSnapshot:
    """``last`` is the install that the next page comes after; None when this was the last page.

    ``items`` is None when the caller holds this page already.
    """

    items: Sequence[Install] | None
    as_of: int
    last: InstallId | None
    tag: str


async def read_versions_snapshot(
    *,
    after: int,
    as_of: int | None,
    limit: int,
    known_tag: str | None,
    caller: Caller,
    records: Records,
) -> VersionsSnapshot:
    """Read published versions and their statuses as they were at ``as_of``: all pages are one state."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(is_one_state=True) as work:
        serial = await work.outbox.serial(REGISTRY_FEED) if as_of is None else as_of
        tag = _tag(REGISTRY_FEED, serial, None, after, limit)
        if tag == known_tag:
            return VersionsSnapshot(None, serial, None, tag)
        items = await work.versions.records(after=after, limit=limit, as_of=serial)
    return VersionsSnapshot(items, serial, items[-1].serial if len(items) == limit else None, tag)


async def read_installs_snapshot(
    *,
    after: InstallId | None,
    as_of: int | None,
    limit: int,
    known_tag: str | None,
    caller: Caller,
    records: Records,
) -> InstallsSnapshot:
    """Read the tenant's installs. A later page may be newer than the first, whose serial all carry."""
    require(caller, Permission.EXTENSION_READ)
    tenant_id = tenant_of(caller)
    async with records.work(tenant_id=tenant_id, is_one_state=True) as work:
        newest = await work.outbox.serial(INSTALLS_FEED)
        serial = newest if as_of is None else as_of
        tag = _tag(INSTALLS_FEED, newest, tenant_id, after, limit, serial)
        if tag == known_tag:
            return InstallsSnapshot(None, serial, None, tag)
        items = await work.installs.listing(after=after, limit=limit)
    return InstallsSnapshot(items, serial, items[-1].id if len(items) == limit else None, tag)


def _tag(feed: str, serial: int, *place: object) -> str:
    """Name a page by what it depends on: the state, whose it is, and its place."""
    digest = hashlib.sha256(" ".join(map(str, place)).encode()).hexdigest()[:12]
    return f'"snapshot-{feed}-{serial}-{digest}"'
