"""Acts are done once each, by as many clients as asked, until the time is over."""

import asyncio

from benchmarks.registry.measure import at_once
from benchmarks.registry.port import Act, Answer


def an_act(status: int, log: list[int], *, seconds: float = 0) -> Act:
    async def act() -> Answer:
        log.append(status)
        await asyncio.sleep(seconds)
        return Answer(status)

    return act


async def test_every_act_is_done_once_and_answered_under_its_place() -> None:
    log: list[int] = []
    acts = [an_act(status, log) for status in (201, 202, 203)]

    measured = await at_once(acts, clients=2)

    assert sorted(log) == [201, 202, 203]
    assert {index: answer.status for index, answer in measured.answers.items()} == {0: 201, 1: 202, 2: 203}
    assert len(measured.milliseconds) == 3


async def test_the_clients_work_at_the_same_time() -> None:
    meeting = asyncio.Barrier(3)

    async def act() -> Answer:
        async with asyncio.timeout(10):
            await meeting.wait()
        return Answer(200)

    measured = await at_once([act] * 3, clients=3)

    assert measured.statuses == {200: 3}


async def test_what_is_left_when_the_time_is_over_is_not_begun() -> None:
    log: list[int] = []
    acts = [an_act(200, log, seconds=0.01)] * 5

    measured = await at_once(acts, clients=1, most_seconds=0)

    assert (len(log), len(measured.answers)) == (1, 1)


async def test_a_connection_that_breaks_is_counted_as_no_answer() -> None:
    async def broken() -> Answer:
        raise ConnectionResetError

    measured = await at_once([broken], clients=1)

    assert measured.statuses == {0: 1}
