import asyncio

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.projections import Projections
from annex_gateway.loops.repair import keep_repairing
from unit.gateway.builders import an_install
from unit.gateway.fakes import MemoryRegistry, StoppedMonotonic


async def _repeat_until(projections: Projections, registry: MemoryRegistry, count: int) -> None:
    loop = asyncio.create_task(keep_repairing(projections, interval_seconds=0.01))
    async with asyncio.timeout(10):
        while len(registry.asked) < count:  # noqa: ASYNC110 - the fake counts, it does not signal
            await asyncio.sleep(0.01)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_the_registry_is_read_again_and_again() -> None:
    registry = MemoryRegistry()
    registry.put(an_install())
    projections = Projections(registry, AskOnce(keep_seconds=1, monotonic=StoppedMonotonic()))

    await _repeat_until(projections, registry, 6)

    assert list(projections.installs) == [an_install()]


async def test_a_registry_that_is_away_does_not_end_the_loop() -> None:
    registry = MemoryRegistry(is_away=True)
    projections = Projections(registry, AskOnce(keep_seconds=1, monotonic=StoppedMonotonic()))
    await _repeat_until(projections, registry, 3)
    registry.put(an_install())
    registry.is_away = False

    await _repeat_until(projections, registry, 5)

    assert projections.is_filled
