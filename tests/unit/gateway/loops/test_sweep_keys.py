import asyncio
from dataclasses import dataclass, field

from annex_gateway.domain.errors import IdempotencyUnavailable
from annex_gateway.loops.sweep_keys import keep_sweeping_keys
from unit.gateway.fakes import MemoryIdempotencyRecords


@dataclass
class Sweeps(MemoryIdempotencyRecords):
    """Says what each sweep found."""

    found: list[int | None] = field(default_factory=list)
    is_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def sweep(self, *, limit: int) -> int:
        if not self.found:
            self.is_done.set()
            return 0
        found = self.found.pop(0)
        if found is None:
            raise IdempotencyUnavailable("away")
        return limit if found else 0


async def test_sweeping_goes_on_while_there_is_more_and_after_the_database_was_away() -> None:
    sweeps = Sweeps(found=[1, 1, 0, None, 1])
    loop = asyncio.create_task(keep_sweeping_keys(sweeps, interval_seconds=0))
    async with asyncio.timeout(5):
        await sweeps.is_done.wait()

    assert sweeps.found == []
    assert not loop.done()
    loop.cancel()
