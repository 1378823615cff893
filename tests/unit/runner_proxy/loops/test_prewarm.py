import asyncio

from annex_runner_proxy.domain.errors import ComponentInvalid
from annex_runner_proxy.loops.prewarm import Prewarming
from unit.runner_proxy.fakes import HASH, OTHER_HASH, MemoryModules


async def _run(wishes: Prewarming, modules: MemoryModules) -> None:
    task = asyncio.create_task(wishes.run(modules))
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_wishes_are_fulfilled_once_and_in_order() -> None:
    wishes, modules = Prewarming(), MemoryModules()
    for content_hash in (HASH, OTHER_HASH, HASH):
        wishes.wish(content_hash)

    await _run(wishes, modules)

    assert modules.prepared == [HASH, OTHER_HASH]


async def test_version_that_cannot_be_prepared_does_not_stop_the_others() -> None:
    wishes = Prewarming()
    modules = MemoryModules({HASH: ComponentInvalid("no component")})
    wishes.wish(HASH)
    wishes.wish(OTHER_HASH)

    await _run(wishes, modules)

    assert modules.prepared == [HASH, OTHER_HASH]


async def test_wish_made_while_waiting_is_noticed() -> None:
    wishes, modules = Prewarming(), MemoryModules()
    task = asyncio.create_task(wishes.run(modules))
    await asyncio.sleep(0)

    wishes.wish(HASH)
    async with asyncio.timeout(5):
        await modules.preparing.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert modules.prepared == [HASH]
