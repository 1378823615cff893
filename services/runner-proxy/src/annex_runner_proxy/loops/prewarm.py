"""Make versions ready before anybody calls them, one after another, newest wish last."""

import asyncio
from collections import OrderedDict

import structlog

from annex_runner_proxy.domain.errors import RunnerError
from annex_runner_proxy.domain.ports import Modules
from annex_shared.content_hash import ContentHash

_MAX_WISHES = 10_000
_RETRY_SECONDS = 5.0

log = structlog.get_logger()


class Prewarming:
    """A bounded list of wishes without repeats. A wish lost to the bound costs a first call some waiting."""

    def __init__(self) -> None:
        self._wishes: OrderedDict[ContentHash, None] = OrderedDict()
        self._wished = asyncio.Event()

    def wish(self, content_hash: ContentHash) -> None:
        if content_hash not in self._wishes and len(self._wishes) < _MAX_WISHES:
            self._wishes[content_hash] = None
            self._wished.set()

    async def run(self, modules: Modules) -> None:
        """Fulfil wishes for ever. A call that needs a version now does not wait behind them."""
        while True:
            await self._wished.wait()
            while self._wishes:
                content_hash, _ = self._wishes.popitem(last=False)
                await _prepare(content_hash, modules)
            self._wished.clear()


async def _prepare(content_hash: ContentHash, modules: Modules) -> None:
    try:
        await modules.prepare(content_hash)
    except RunnerError as error:
        # Whoever calls the version next gets the reason, or it has passed by then.
        log.info("version_not_prewarmed", content_hash=str(content_hash), error_type=type(error).__name__)
        if error.retry_after_seconds is not None:
            await asyncio.sleep(_RETRY_SECONDS)
