import asyncio

import pytest

from annex_ui_host.domain.errors import UiHostBusy
from annex_ui_host.domain.single_flight import SingleFlight


class Run:
    """A run that ends when told to, and counts its starts."""

    def __init__(self) -> None:
        self.starts = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> str:
        self.starts += 1
        await self.may_end.wait()
        return "done"


async def test_everybody_shares_one_run() -> None:
    flight, run = SingleFlight[str, str](capacity=1, wait_seconds=5), Run()
    waiting = [asyncio.create_task(flight.run("a", run)) for _ in range(5)]
    await asyncio.sleep(0)
    run.may_end.set()

    answers = await asyncio.gather(*waiting)

    assert answers == ["done"] * 5
    assert run.starts == 1


async def test_caller_who_leaves_does_not_end_the_run_of_the_others() -> None:
    flight, run = SingleFlight[str, str](capacity=1, wait_seconds=5), Run()
    leaving = asyncio.create_task(flight.run("a", run))
    staying = asyncio.create_task(flight.run("a", run))
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.wait({leaving})
    run.may_end.set()

    assert await staying == "done"


async def test_run_after_a_failed_one_starts_anew() -> None:
    flight = SingleFlight[str, str](capacity=1, wait_seconds=5)

    async def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await flight.run("a", fail)
    run = Run()
    run.may_end.set()

    assert await flight.run("a", run) == "done"


async def test_number_of_different_runs_is_bounded() -> None:
    flight, run = SingleFlight[str, str](capacity=1, wait_seconds=5), Run()
    first = asyncio.create_task(flight.run("a", run))
    await asyncio.sleep(0)

    with pytest.raises(UiHostBusy):
        await flight.run("b", run)

    run.may_end.set()
    assert await first == "done"


async def test_waiting_has_a_limit_and_the_run_goes_on() -> None:
    run = Run()
    flight = SingleFlight[str, str](capacity=1, wait_seconds=0.01)

    with pytest.raises(UiHostBusy):
        await flight.run("a", run)
    run.may_end.set()

    assert await flight.run("a", run) == "done"
    assert run.starts == 1


async def test_closing_ends_every_run() -> None:
    flight, run = SingleFlight[str, str](capacity=1, wait_seconds=5), Run()
    waiting = asyncio.create_task(flight.run("a", run))
    await asyncio.sleep(0)

    await flight.close()

    await asyncio.wait({waiting})
    assert waiting.cancelled()
