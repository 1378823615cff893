"""Turns: how many may do at once what takes memory, disk and time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from annex_registry.domain.errors import RegistryBusy

_AT_ONCE = 16
_WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Turns:
    """A bound on readers of archives; who waits too long is told to come back."""

    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise RegistryBusy(
                "Too many bundles are being read at the moment. Send the same request again.",
                retry_after_seconds=2,
            ) from None
        try:
            yield
        finally:
            self._places.release()
