"""Remember answers for a while, a bounded number of them."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(slots=True)
class Remembered(Generic[Key, Value]):
    """The oldest go first when there are too many."""

    at_most: int = 10_000
    _held: OrderedDict[Key, tuple[datetime, Value]] = field(default_factory=OrderedDict)

    def get(self, key: Key, *, now: datetime) -> Value | None:
        found = self._held.get(key)
        return found[1] if found is not None and now < found[0] else None

    def put(self, key: Key, value: Value, *, until: datetime) -> None:
        self._held[key] = (until, value)
        self._held.move_to_end(key)
        while len(self._held) > self.at_most:
            self._held.popitem(last=False)

    def forget(self, key: Key) -> None:
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)
