"""Ask a question once for everybody who waits for the answer, and not again for a moment."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

from annex_gateway.domain.deadlines import Monotonic
from annex_shared.errors import AnnexError

_MAX_REMEMBERED = 10_000


@dataclass(slots=True)
class AskOnce:
    """Single flight per key; an outcome, a refusal too, stands for ``keep_seconds``.

    Each question runs in a task of its own, so a caller who leaves does not take the answer from others.
    """

    keep_seconds: float
    monotonic: Monotonic
    _running: dict[Hashable, asyncio.Task[None]] = field(default_factory=dict)
    _recent: OrderedDict[Hashable, tuple[float, AnnexError | None]] = field(default_factory=OrderedDict)

    async def ask(self, key: Hashable, question: Callable[[], Awaitable[None]]) -> None:
        """Return once somebody has asked lately; raise what the question raised."""
        until, refusal = self._recent.get(key, (0.0, None))
        if self.monotonic() < until:
            if refusal is not None:
                # One object for many callers: without this its traceback would grow with each of them.
                raise refusal.with_traceback(None)
            return
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._run(key, question))
            self._running[key] = task
            task.add_done_callback(lambda done: self._end(key, done))
        await asyncio.shield(task)

    def forget(self, key: Hashable) -> None:
        """Make the next question with this key be asked."""
        self._recent.pop(key, None)

    async def close(self) -> None:
        """End the questions that still run."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: Hashable, question: Callable[[], Awaitable[None]]) -> None:
        try:
            await question()
        except AnnexError as refusal:
            self._remember(key, refusal)
            raise
        self._remember(key, None)

    def _end(self, key: Hashable, task: asyncio.Task[None]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            # Everybody may have left; the outcome counts as seen all the same.
            task.exception()

    def _remember(self, key: Hashable, refusal: AnnexError | None) -> None:
        self._recent[key] = (self.monotonic() + self.keep_seconds, refusal)
        self._recent.move_to_end(key)
        while len(self._recent) > _MAX_REMEMBERED:
            self._recent.popitem(last=False)
