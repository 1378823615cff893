import asyncio

import pytest

from annex_ui_host.domain.errors import RegistryUnavailable
from annex_ui_host.loops.repair import keep_repaired


class Owner:
    """Fails as told, one outcome per run, and says when the outcomes are used up."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self._outcomes = list(outcomes)
        self.runs = 0
        self.is_through = asyncio.Event()

    async def repair(self) -> None:
        self.runs += 1
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if not self._outcomes:
            self.is_through.set()
        if outcome is not None:
            raise outcome


async def test_owner_that_is_away_is_asked_again() -> None:
    owner = Owner(RegistryUnavailable(), TimeoutError(), None, None)
    loop = asyncio.create_task(keep_repaired("versions", owner.repair, interval_seconds=0.001))

    await owner.is_through.wait()

    assert not loop.done()
    assert owner.runs >= 4
    loop.cancel()


async def test_fault_of_our_own_ends_the_loop() -> None:
    owner = Owner(None, ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        await keep_repaired("versions", owner.repair, interval_seconds=0.001)
