"""Which tenants must leave a worker to others for a while: those whose calls keep ending workers.

A call that ends its worker costs everybody the start of another one, which takes longer than most calls. A
tenant that does so again and again would have all workers starting most of the time.
"""

from collections import OrderedDict, deque
from typing import Final

from annex_shared.ids import TenantId

_REMEMBERED: Final = 10_000


class Restraint:
    """Remembers when calls of each tenant ended workers; one such end is forgiven."""

    def __init__(self, *, after: int, seconds: float) -> None:
        self._after = after
        self._seconds = seconds
        self._ends: OrderedDict[TenantId, deque[float]] = OrderedDict()

    def ended_a_worker(self, tenant_id: TenantId, *, now: float) -> None:
        """Note one more end; forget the tenants that were quiet for longest when there are too many."""
        ends = self._ends.setdefault(tenant_id, deque(maxlen=self._after))
        ends.append(now)
        self._ends.move_to_end(tenant_id)
        if len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)

    def holds(self, tenant_id: TenantId, *, now: float) -> bool:
        """Say if the tenant ended ``after`` workers within the last ``seconds``."""
        ends = self._ends.get(tenant_id)
        if ends is None:
            return False
        if now - ends[-1] > self._seconds:
            del self._ends[tenant_id]
            return False
        return len(ends) == self._after and now - ends[0] <= self._seconds

    def leaves_enough(self, *, running: int, alive: int, size: int, spares: int) -> bool:
        """Say if a restrained tenant may take a worker when ``running`` calls run on ``alive`` workers.

        Another call must find a seat that is not taken and a worker that has started, where the pool is
        large enough to have both.
        """
        return running < max(1, size - 1) and alive - running >= min(2, size + spares)
