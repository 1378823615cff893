"""The history of controls without a database; it can go away, and it tells its listeners."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from annex_gateway.domain.control_changes import ControlChange, WantedChange
from annex_gateway.domain.errors import ControlsChangedMeanwhile, ControlsUnavailable

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(slots=True)
class MemoryControls:
    """Store, feed and reader in one."""

    changes: list[ControlChange] = field(default_factory=list)
    is_away: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)
    opened_times: int = 0

    async def record(self, wanted: WantedChange) -> ControlChange:
        self._require_there()
        known = (await self.latest([wanted.target])).get(wanted.target)
        revision = 0 if known is None else known.revision
        before = None if known is None else known.document
        if known is not None and before == wanted.document:
            return known
        if wanted.expected not in (None, revision):
            raise ControlsChangedMeanwhile("Changed.", details={"revision": revision})
        change = ControlChange(
            revision=len(self.changes) + 1,
            previous=revision,
            target=wanted.target,
            tenant_id=wanted.tenant_id,
            document=wanted.document,
            before=before,
            author=wanted.author,
            changed_at=NOW,
        )
        self.changes.append(change)
        self.told.set()
        return change

    async def latest(self, targets: Sequence[str]) -> dict[str, ControlChange]:
        self._require_there()
        return {change.target: change for change in self.changes if change.target in targets}

    async def latest_below(self, prefix: str) -> list[ControlChange]:
        self._require_there()
        newest = {change.target: change for change in self.changes if change.target.startswith(prefix)}
        return [*newest.values()]

    async def history(self, target: str, *, before: int | None, limit: int) -> list[ControlChange]:
        self._require_there()
        return [
            change
            for change in reversed(self.changes)
            if (change.target.startswith(target) if target.endswith("/") else change.target == target)
            and (before is None or change.revision < before)
        ][:limit]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["MemoryControls"]:
        self._require_there()
        self.opened_times += 1
        yield self

    async def everything(self) -> list[ControlChange]:
        self._require_there()
        newest = {change.target: change for change in self.changes}
        return sorted(newest.values(), key=lambda change: change.revision)

    async def after(self, revision: int, *, limit: int) -> list[ControlChange]:
        self._require_there()
        return [change for change in self.changes if change.revision > revision][:limit]

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.told.wait()
        except TimeoutError:
            pass
        self.told.clear()

    def _require_there(self) -> None:
        if self.is_away:
            raise ControlsUnavailable("The database is away.")
