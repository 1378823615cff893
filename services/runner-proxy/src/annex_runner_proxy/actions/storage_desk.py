"""What both generations of the storage interface share: check what is asked, ask for it, name the outcome."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Final

import structlog

from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_runner_proxy.domain.host_call import CallScope, HostFunction
from annex_runner_proxy.domain.storage import (
    Condition,
    Item,
    PageWish,
    Refusal,
    Storage,
    StorageOwner,
    StorageRefused,
    Usage,
    Write,
)
from annex_runner_proxy.domain.storage_rate import StorageRates
from annex_runner_proxy.domain.storage_rules import (
    StorageLimits,
    check_key,
    check_namespace,
    check_prefix,
    check_writes,
)

STORAGE_KV: Final = "cap:storage.kv"
_QUIET_SECONDS: Final = 1.0
_DENIED: Final = ("err", "denied")

log = structlog.get_logger()


@dataclass(slots=True)
class StorageDesk:
    """Storage as a call may use it: within the limits, the rate and the time of the call."""

    # None where no database is configured: whoever asks then learns that storage cannot be reached.
    storage: Storage | None
    reads: StorageRates
    writes: StorageRates
    limits: StorageLimits = field(default_factory=StorageLimits)
    timeout_seconds: float = 3.0
    monotonic: Callable[[], float] = time.monotonic
    _told: float | None = None
    _untold: int = 0

    async def get(self, scope: CallScope, namespace: str, key: str) -> Item:
        check_namespace(namespace, limits=self.limits)
        check_key(key, limits=self.limits)
        _take(self.reads, scope)
        item = await self._kept().get(_owner(scope), namespace, key, seconds=self._seconds(scope))
        if item is None:
            raise StorageRefused(Refusal.MISSING, "There is no such key.")
        return item

    async def put(self, scope: CallScope, namespace: str, writes: Sequence[Write]) -> list[Item]:
        """Write all or nothing and return the items without their values; nothing to write is no effect."""
        check_namespace(namespace, limits=self.limits)
        check_writes(writes, limits=self.limits)
        _take(self.writes, scope)
        if not writes:
            return []
        return await self._kept().put(
            _owner(scope),
            namespace,
            writes,
            before_writing=scope.count_effect,
            seconds=self._seconds(scope),
        )

    async def delete(self, scope: CallScope, namespace: str, key: str, condition: Condition) -> None:
        check_namespace(namespace, limits=self.limits)
        check_key(key, limits=self.limits)
        _take(self.writes, scope)
        await self._kept().delete(
            _owner(scope),
            namespace,
            key,
            condition,
            before_writing=scope.count_effect,
            seconds=self._seconds(scope),
        )

    async def page(self, scope: CallScope, namespace: str, wish: PageWish) -> list[Item]:
        """Return up to ``wish.limit`` items, and one more where there are more."""
        check_namespace(namespace, limits=self.limits)
        check_prefix(wish.prefix, limits=self.limits)
        check_prefix(wish.after, limits=self.limits)
        if not 1 <= wish.limit <= self.limits.page_items:
            raise StorageRefused(Refusal.INVALID, f"A page has 1 to {self.limits.page_items} items.")
        _take(self.reads, scope)
        one_more = PageWish(wish.limit + 1, wish.prefix, wish.after, wish.with_values)
        return await self._kept().page(_owner(scope), namespace, one_more, seconds=self._seconds(scope))

    async def usage(self, scope: CallScope) -> Usage:
        _take(self.reads, scope)
        return await self._kept().usage(_owner(scope), seconds=self._seconds(scope))

    async def usage_of(self, owner: StorageOwner) -> Usage:
        """Answer whoever administers the tenant, without a call and beyond its rates."""
        return await self._kept().usage(owner, seconds=self.timeout_seconds)

    def tell_of_outage(self, scope: CallScope, function: str, error: DatabaseUnavailable) -> None:
        """Write one line for the operator, not one for each attempt of a guest that tries again and again."""
        now = self.monotonic()
        if self._told is not None and now - self._told < _QUIET_SECONDS:
            self._untold += 1
            return
        log.error(
            "storage_unreachable",
            function=function,
            reason=error.message,
            tenant_id=str(scope.install.tenant_id),
            install_id=str(scope.install.install_id),
            execution_id=str(scope.execution_id),
            request_id=scope.request_id,
            untold=self._untold,
        )
        self._told, self._untold = now, 0

    def _kept(self) -> Storage:
        if self.storage is None:
            raise DatabaseUnavailable("DATABASE_URL is not set.")
        return self.storage

    def _seconds(self, scope: CallScope) -> float:
        return min(self.timeout_seconds, scope.remaining_seconds())


HostAnswer = Callable[..., Awaitable[Any]]


def storage_function(
    name: str, answer: HostAnswer, *, desk: StorageDesk, cases: Mapping[Refusal, str]
) -> HostFunction:
    """Make a host function of ``answer(desk, scope, …)``; ``cases`` spells refusals as its interface does."""
    arity = len(signature(answer).parameters) - 2

    async def guarded(scope: CallScope, *arguments: Any) -> tuple[str, Any]:
        # A guest brings the types of its imports along, and may have made them up.
        if len(arguments) != arity:
            return "err", cases[Refusal.INVALID]
        try:
            return "ok", await answer(desk, scope, *arguments)
        except StorageRefused as refused:
            return "err", cases[refused.reason]
        except DatabaseUnavailable as error:
            desk.tell_of_outage(scope, name, error)
            return "err", "internal"

    return HostFunction(guarded, STORAGE_KV, denied=_DENIED)


def to_text(value: object) -> str:
    """Take an argument that has to be text. Raises StorageRefused."""
    if not isinstance(value, str):
        raise _not_as_declared()
    return value


def to_bytes(value: object) -> bytes:
    """Take an argument that has to be bytes. Raises StorageRefused."""
    if not isinstance(value, bytes):
        raise _not_as_declared()
    return value


def to_number(value: object) -> int:
    """Take an argument that has to be a whole number. Raises StorageRefused."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _not_as_declared()
    return value


def to_fields(value: object) -> Mapping[str, Any]:
    """Take an argument that has to be a record. Raises StorageRefused."""
    if not isinstance(value, Mapping):
        raise _not_as_declared()
    return value


def _not_as_declared() -> StorageRefused:
    return StorageRefused(Refusal.INVALID, "An argument is not of the type the interface declares.")


def _owner(scope: CallScope) -> StorageOwner:
    return StorageOwner(scope.install.tenant_id, scope.install.install_id)


def _take(rates: StorageRates, scope: CallScope) -> None:
    if not rates.take(scope.install.install_id):
        raise StorageRefused(Refusal.RATE_LIMITED, "The install uses its storage too often.")
