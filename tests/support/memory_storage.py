"""Extension storage kept in memory, behind the ports of the real one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_runner_proxy.domain.storage import (
    Condition,
    Item,
    PageWish,
    StorageOwner,
    StoredInstall,
    Usage,
    Write,
)
from annex_runner_proxy.domain.storage_rules import (
    Present,
    StorageLimits,
    Stored,
    judge_delete,
    judge_writes,
)
from annex_shared.clock import Clock

Records = dict[tuple[str, str], Item]


@dataclass(slots=True)
class MemoryStorage:
    """Meets ``Storage`` and ``StorageSweeps``; ``is_away`` makes every answer DatabaseUnavailable."""

    clock: Clock
    limits: StorageLimits = field(default_factory=StorageLimits)
    is_away: bool = False
    waited: list[float] = field(default_factory=list)
    _records: dict[StorageOwner, Records] = field(default_factory=dict)
    _revisions: dict[StorageOwner, int] = field(default_factory=dict)
    _gone: dict[StorageOwner, datetime | None] = field(default_factory=dict)

    async def get(self, owner: StorageOwner, namespace: str, key: str, *, seconds: float) -> Item | None:
        self._answer(seconds)
        item = self._of(owner).get((namespace, key))
        return None if item is None or self._has_expired(item) else item

    async def put(
        self,
        owner: StorageOwner,
        namespace: str,
        writes: Sequence[Write],
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> list[Item]:
        self._answer(seconds)
        # What makes way here only when the sweep comes would do so in the database when place is needed.
        keys = {(namespace, write.key) for write in writes}
        kept = {at: one for at, one in self._of(owner).items() if at in keys or not self._has_expired(one)}
        judge_writes(
            writes, self._stored(kept, namespace, [write.key for write in writes]), limits=self.limits
        )
        before_writing()
        now = self.clock.now()
        items = []
        for write in writes:
            self._revisions[owner] = self._revisions.get(owner, 0) + 1
            expires_at = None if write.ttl_seconds is None else now + timedelta(seconds=write.ttl_seconds)
            item = Item(write.key, write.value, write.metadata, self._revisions[owner], expires_at, now)
            self._of(owner)[namespace, write.key] = item
            items.append(replace(item, value=b""))
        self._gone.setdefault(owner, None)
        return items

    async def delete(
        self,
        owner: StorageOwner,
        namespace: str,
        key: str,
        condition: Condition,
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> None:
        self._answer(seconds)
        judge_delete(key, condition, self._stored(self._of(owner), namespace, [key]))
        before_writing()
        del self._of(owner)[namespace, key]

    async def page(
        self, owner: StorageOwner, namespace: str, wish: PageWish, *, seconds: float
    ) -> list[Item]:
        self._answer(seconds)
        items = sorted(
            (item for (place, _), item in self._of(owner).items() if place == namespace),
            key=lambda item: item.key,
        )
        found = [
            item if wish.with_values else replace(item, value=b"")
            for item in items
            if item.key.startswith(wish.prefix) and item.key > wish.after and not self._has_expired(item)
        ]
        return found[: wish.limit]

    async def usage(self, owner: StorageOwner, *, seconds: float) -> Usage:
        self._answer(seconds)
        records = self._of(owner)
        return Usage(
            sum(_size(item) for item in records.values()), len(records), len({place for place, _ in records})
        )

    async def with_expired(self, *, now: datetime, limit: int) -> list[StorageOwner]:
        self._answer(0)
        return [owner for owner in self._records if self._expired(owner, now)][:limit]

    async def remove_expired(self, owner: StorageOwner, *, now: datetime, limit: int) -> int:
        expired = self._expired(owner, now)[:limit]
        for place in expired:
            del self._of(owner)[place]
        return len(expired)

    async def stored(self, *, after: StorageOwner | None, limit: int) -> list[StoredInstall]:
        self._answer(0)
        owners = sorted(self._gone, key=_order)
        return [
            StoredInstall(owner, self._gone[owner])
            for owner in owners
            if after is None or _order(owner) > _order(after)
        ][:limit]

    async def note_gone(self, owner: StorageOwner, *, since: datetime | None) -> None:
        self._gone[owner] = None if since is None else self._gone.get(owner) or since

    async def purge(self, owner: StorageOwner, *, gone_before: datetime, limit: int) -> bool:
        gone_since = self._gone.get(owner)
        if gone_since is None or gone_since > gone_before:
            return False
        places = list(self._of(owner))[:limit]
        for place in places:
            del self._of(owner)[place]
        if len(places) == limit:
            return False
        del self._gone[owner], self._revisions[owner]
        return True

    def _of(self, owner: StorageOwner) -> Records:
        return self._records.setdefault(owner, {})

    def _stored(self, records: Records, namespace: str, keys: Sequence[str]) -> Stored:
        present = {
            key: Present(item.revision, _size(item), self._has_expired(item))
            for key in keys
            if (item := records.get((namespace, key))) is not None
        }
        places = [place for place, _ in records]
        used = sum(_size(item) for item in records.values())
        return Stored(used, len(set(places)), places.count(namespace), present)

    def _expired(self, owner: StorageOwner, now: datetime) -> list[tuple[str, str]]:
        return [
            place
            for place, item in self._of(owner).items()
            if item.expires_at is not None and item.expires_at <= now
        ]

    def _has_expired(self, item: Item) -> bool:
        return item.expires_at is not None and item.expires_at <= self.clock.now()

    def _answer(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self.is_away:
            raise DatabaseUnavailable("The database did not answer.")


def _size(item: Item) -> int:
    return len(item.value) + len((item.metadata or "").encode())


def _order(owner: StorageOwner) -> tuple[int, int]:
    return owner.tenant_id.int, owner.install_id.int
