"""One run for everybody who wants the same thing at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from annex_ui_host.domain.errors import UiHostBusy

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Shares runs by key. A caller who leaves ends its own wait only, never the run of the others."""

    def __init__(self, *, capacity: int, wait_seconds: float) -> None:
        self._capacity = capacity
        self._wait_seconds = wait_seconds
        self._tasks: dict[Key, asyncio.Task[Value]] = {}

    async def run(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Join the run of ``key`` or start it. Raises what the run raises, and UiHostBusy at the limits."""
        task = self._tasks.get(key) or self._take_off(key, start)
        done, _ = await asyncio.wait({task}, timeout=self._wait_seconds)
        if not done:
            raise UiHostBusy
        return task.result()

    async def close(self) -> None:
        """Cancel every run and wait until it has ended."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take_off(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> "asyncio.Task[Value]":
        if len(self._tasks) >= self._capacity:
            raise UiHostBusy
        task = asyncio.create_task(start())
        self._tasks[key] = task

        def land(landed: "asyncio.Task[Value]") -> None:
            del self._tasks[key]
            if not landed.cancelled():
                landed.exception()  # seen, also when everybody who waited has left

        task.add_done_callback(land)
        return task
