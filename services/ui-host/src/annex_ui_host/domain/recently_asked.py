"""Which questions were answered a moment ago and are not worth asking again; bounded in time and number."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

Seconds = Callable[[], float]


class RecentlyAsked:
    """Remembers keys for ``keep_seconds``; the oldest make room for new ones."""

    def __init__(self, *, keep_seconds: float, capacity: int, monotonic: Seconds) -> None:
        self._keep_seconds = keep_seconds
        self._capacity = capacity
        self._monotonic = monotonic
        self._asked: OrderedDict[Hashable, float] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        asked_at = self._asked.get(key)
        return asked_at is not None and self._monotonic() - asked_at < self._keep_seconds

    def add(self, key: Hashable) -> None:
        self._asked.pop(key, None)
        self._asked[key] = self._monotonic()
        if len(self._asked) > self._capacity:
            self._asked.popitem(last=False)
