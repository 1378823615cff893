"""The limits of calls, as the runner-proxy answers them, kept for a while: anybody may ask the gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.domain.errors import RunnerUnavailable
from annex_shared.contracts.limits import LimitViews


@dataclass(slots=True)
class PublishedLimits:
    """Asks once for many callers; while the runner-proxy is away, what was known last is the answer."""

    read: Callable[[], Awaitable[LimitViews]]
    asking: AskOnce
    _known: LimitViews | None = None

    async def get(self) -> LimitViews:
        """Return the document. Raises RunnerUnavailable if it was never read."""
        try:
            await self.asking.ask("limits", self._read)
        except RunnerUnavailable:
            if self._known is None:
                raise
        assert self._known is not None  # noqa: S101 - a question that did not raise has set it
        return self._known

    async def _read(self) -> None:
        self._known = await self.read()
