import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from annex_gateway.actions.controls_projection import ControlsProjection
from annex_gateway.domain.control_changes import Author, WantedChange
from annex_gateway.domain.errors import ControlsUnavailable
from annex_gateway.loops.controls import fill_once, keep_controls_current
from annex_shared.ids import PrincipalId
from support.memory_controls import MemoryControls
from unit.gateway.builders import TENANT, an_install, some_rates, uuid
from unit.gateway.fakes import StoppedMonotonic

AUTHOR = Author(PrincipalId(uuid(9)), "0123456789abcdef", "req_1", "because")
OFF = WantedChange(f"platform/tenant/{TENANT}", TENANT, {"is_entitled": False}, AUTHOR, None)


def a_projection() -> ControlsProjection:
    return ControlsProjection(some_rates(), StoppedMonotonic(), max_age_seconds=60)


@asynccontextmanager
async def following(projection: ControlsProjection, book: MemoryControls, poll: float) -> AsyncIterator[None]:
    loop = asyncio.create_task(keep_controls_current(projection, book, poll_seconds=poll))
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def _until_off(projection: ControlsProjection) -> None:
    while not projection.is_known or projection.of(an_install()).is_entitled:  # noqa: ASYNC110 - a state
        await asyncio.sleep(0.005)


async def test_what_is_told_is_read_long_before_the_next_look() -> None:
    book, projection = MemoryControls(), a_projection()
    async with following(projection, book, 600):
        while book.opened_times == 0:  # noqa: ASYNC110 - the fake counts
            await asyncio.sleep(0.005)
        await book.record(OFF)
        await _until_off(projection)


async def test_what_nobody_told_is_found_by_looking() -> None:
    book, projection = MemoryControls(), a_projection()
    async with following(projection, book, 0.01):
        await book.record(OFF)
        book.told.clear()
        await _until_off(projection)


async def test_a_database_that_is_away_does_not_end_the_loop() -> None:
    book, projection = MemoryControls(is_away=True), a_projection()
    async with following(projection, book, 0.01):
        await asyncio.sleep(0.05)
        book.is_away = False
        await book.record(OFF)
        await _until_off(projection)


async def test_without_a_database_at_the_start_nobody_runs() -> None:
    book, projection = MemoryControls(is_away=True), a_projection()

    await fill_once(projection, book)

    with pytest.raises(ControlsUnavailable):
        projection.of(an_install())
