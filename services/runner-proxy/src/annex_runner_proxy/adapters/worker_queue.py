"""Who runs next: a bounded queue that takes turns among tenants, so one tenant's crowd delays itself."""

import asyncio
from collections import OrderedDict, deque

from annex_runner_proxy.domain.errors import Overloaded
from annex_shared.ids import TenantId

_RETRY_AFTER_SECONDS = 1


class FairSlots:
    """As many slots as calls may run at once; a freed one goes to the tenant whose turn it is."""

    def __init__(self, *, slots: int, max_waiting: int) -> None:
        self._free = slots
        self._max_waiting = max_waiting
        self._waiting: OrderedDict[TenantId, deque[asyncio.Future[None]]] = OrderedDict()
        self.waiting = 0

    async def acquire(self, tenant_id: TenantId, *, until: float) -> None:
        """Wait for a slot until a time of the loop's clock. Raises Overloaded."""
        if self._free > 0:
            self._free -= 1
            return
        if self.waiting >= self._max_waiting:
            raise _overloaded("and enough calls wait already")
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
        while self._waiting:
            tenant_id, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            self.waiting -= 1
            if turns:
                self._waiting[tenant_id] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _withdraw(self, tenant_id: TenantId, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(tenant_id)
        if turns is not None and turn in turns:
            turns.remove(turn)
            self.waiting -= 1
            if not turns:
                del self._waiting[tenant_id]
        elif turn.done() and not turn.cancelled():
            # The slot was given to us in the same moment; it must not be lost.
            self.release()


def _overloaded(why: str) -> Overloaded:
    return Overloaded(
        f"All workers are busy {why}. Nothing was run; try again shortly.",
        retry_after_seconds=_RETRY_AFTER_SECONDS,
    )
