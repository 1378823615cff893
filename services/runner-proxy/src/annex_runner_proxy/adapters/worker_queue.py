"""Who runs next: a bounded queue that takes turns among tenants, so one tenant's crowd delays itself."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

from annex_runner_proxy.domain.errors import Overloaded
from annex_shared.ids import TenantId

_RETRY_AFTER_SECONDS = 1

# (whose call, how many run now) -> whether it may run too
MayRun = Callable[[TenantId, int], bool]


class FairSlots:
    """As many slots as calls may run at once; a freed one goes to the tenant whose turn it is.

    A tenant that ``may_run`` does not let run now is passed over, and its calls wait; whoever makes it say
    otherwise calls ``offer``.
    """

    def __init__(
        self, *, slots: int, max_waiting: int, may_run: MayRun = lambda _tenant_id, _running: True
    ) -> None:
        self._slots = slots
        self._free = slots
        self._max_waiting = max_waiting
        self._may_run = may_run
        self._waiting: OrderedDict[TenantId, deque[asyncio.Future[None]]] = OrderedDict()
        self.waiting = 0

    async def acquire(self, tenant_id: TenantId, *, until: float) -> None:
        """Wait for a slot until a time of the loop's clock. Raises Overloaded."""
        if tenant_id not in self._waiting and self._can_take(tenant_id):
            self._free -= 1
            return
        if self.waiting >= self._max_waiting:
            self._make_room(tenant_id)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant_id, deque()).append(turn)
        self.waiting += 1
        try:
            async with asyncio.timeout_at(until):
                await turn
        except BaseException as error:
            self._withdraw(tenant_id, turn)
            if isinstance(error, TimeoutError):
                raise _overloaded("and none came free in time") from None
            raise

    def release(self) -> None:
        """Give the slot to the next tenant in turn, or keep it free."""
        self._free += 1
        self.offer()

    def offer(self) -> None:
        """Give free slots to those who wait and may run now."""
        while (tenant_id := self._next()) is not None:
            turns = self._waiting.pop(tenant_id)
            turn = turns.popleft()
            self.waiting -= 1
            if turns:
                self._waiting[tenant_id] = turns
            if not turn.done():
                self._free -= 1
                turn.set_result(None)

    def _next(self) -> TenantId | None:
        return next((tenant_id for tenant_id in self._waiting if self._can_take(tenant_id)), None)

    def _can_take(self, tenant_id: TenantId) -> bool:
        return self._free > 0 and self._may_run(tenant_id, self._slots - self._free)

    def _make_room(self, tenant_id: TenantId) -> None:
        """Turn away the last call of the tenant with the most. Raises Overloaded if that is this one."""
        crowd = max(self._waiting, key=lambda other: len(self._waiting[other]), default=tenant_id)
        own = len(self._waiting.get(tenant_id, ()))
        if len(self._waiting.get(crowd, ())) <= own + 1:
            raise _overloaded("and enough calls wait already")
        turn = self._waiting[crowd].pop()
        self.waiting -= 1
        if not turn.done():
            turn.set_exception(_overloaded("and calls of other tenants wait too"))

    def _withdraw(self, tenant_id: TenantId, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(tenant_id)
        if turns is not None and turn in turns:
            turns.remove(turn)
            self.waiting -= 1
            if not turns:
                del self._waiting[tenant_id]
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            # The slot was given to us in the same moment; it must not be lost.
            self.release()


def _overloaded(why: str) -> Overloaded:
    return Overloaded(
        f"All workers are busy {why}. Nothing was run; try again shortly.",
        retry_after_seconds=_RETRY_AFTER_SECONDS,
    )
