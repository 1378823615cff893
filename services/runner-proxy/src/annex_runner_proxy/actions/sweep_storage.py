"""Remove what extensions stored and nobody may see any more: the expired, and what is left of installs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.domain.storage import StorageOwner, StorageSweeps, StoredInstall
from annex_shared.clock import Clock

_RECORDS_AT_ONCE = 500
_RECORDS_PER_ROUND = 20_000
_INSTALLS_AT_ONCE = 500
_QUESTIONS_PER_ROUND = 200

log = structlog.get_logger()


async def sweep_expired(*, sweeps: StorageSweeps, clock: Clock) -> int:
    """Remove expired records, up to a budget; return how many. Raises DatabaseUnavailable."""
    removed = 0
    while removed < _RECORDS_PER_ROUND:
        before = removed
        for owner in await sweeps.with_expired(now=clock.now(), limit=_RECORDS_AT_ONCE):
            removed += await sweeps.remove_expired(owner, now=clock.now(), limit=_RECORDS_AT_ONCE)
        if removed == before:
            # Nothing has expired, or somebody else is at what has.
            break
    if removed:
        log.info("expired_storage_removed", records=removed)
    return removed


async def purge_uninstalled(
    *,
    sweeps: StorageSweeps,
    installs: InstallTable,
    records: InstallRecords,
    clock: Clock,
    grace: timedelta,
) -> int:
    """Remove what installs stored that have been gone for ``grace``; return how many installs were purged.

    Only the registry's word that there is no such install counts, once to begin the grace and once more
    before anything is removed. Raises RegistryUnavailable and DatabaseUnavailable, and stops there.
    """
    if not installs.is_filled:
        return 0
    look = _Look(sweeps, installs, records, clock, grace)
    after: StorageOwner | None = None
    while look.questions < _QUESTIONS_PER_ROUND:
        page = await sweeps.stored(after=after, limit=_INSTALLS_AT_ONCE)
        for stored in page:
            await look.at(stored)
        if len(page) < _INSTALLS_AT_ONCE:
            break
        after = page[-1].owner
    return look.purged


@dataclass(slots=True)
class _Look:
    """One round through everything that is stored."""

    sweeps: StorageSweeps
    installs: InstallTable
    records: InstallRecords
    clock: Clock
    grace: timedelta
    questions: int = 0
    purged: int = 0

    async def at(self, stored: StoredInstall) -> None:
        is_known = self.installs.get(stored.owner.install_id) is not None
        if not is_known and stored.gone_since is not None and stored.gone_since > self._gone_before():
            return
        if is_known or await self._exists(stored):
            if stored.gone_since is not None:
                await self.sweeps.note_gone(stored.owner, since=None)
        elif stored.gone_since is None:
            await self.sweeps.note_gone(stored.owner, since=self.clock.now())
        elif await self._is_purged(stored.owner):
            self.purged += 1

    async def _exists(self, stored: StoredInstall) -> bool:
        self.questions += 1
        return await self.records.install(stored.owner.install_id) is not None

    async def _is_purged(self, owner: StorageOwner) -> bool:
        """Remove what one install stored, piece by piece; what is left over goes in the next round."""
        for _ in range(_RECORDS_PER_ROUND // _RECORDS_AT_ONCE):
            if await self.sweeps.purge(owner, gone_before=self._gone_before(), limit=_RECORDS_AT_ONCE):
                log.info("storage_purged", tenant_id=str(owner.tenant_id), install_id=str(owner.install_id))
                return True
        return False

    def _gone_before(self) -> datetime:
        return self.clock.now() - self.grace
