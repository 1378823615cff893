import asyncio
from dataclasses import dataclass, field

import pytest

from annex_gateway.actions.entrance import Entrance, Place
from annex_gateway.domain.admission import Admission, AdmissionPolicy, Priority
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import AdmissionRefused, DeadlineExceeded
from unit.gateway.builders import TENANT

LONG = 1000.0


@dataclass
class World:
    """An entrance with four places; queues are as patient as a test says."""

    target_seconds: float = LONG
    waiting: int = 5
    admission: Admission = field(init=False)
    entrance: Entrance = field(init=False)

    def __post_init__(self) -> None:
        policy = AdmissionPolicy(
            first=4, most=4, waiting=self.waiting, target_seconds=self.target_seconds, interval_seconds=0.0
        )
        self.admission = Admission(policy)
        self.entrance = Entrance(self.admission, asyncio.get_running_loop().time, lambda: 0.9)

    async def enter(self, *, seconds: float = LONG, priority: Priority = Priority.INTERACTIVE) -> Place:
        deadline = Deadline(asyncio.get_running_loop().time() + seconds, asyncio.get_running_loop().time)
        return await self.entrance.enter(TENANT, priority, deadline=deadline)

    async def filled(self) -> list[Place]:
        return [await self.enter() for _ in range(4)]

    async def waits(self, priority: Priority = Priority.INTERACTIVE) -> "asyncio.Task[Place]":
        task = asyncio.create_task(self.enter(priority=priority))
        await asyncio.sleep(0)
        return task


@pytest.fixture
async def world() -> World:
    return World()


async def test_whoever_leaves_lets_the_next_one_in(world: World) -> None:
    first, *_ = await world.filled()
    task = await world.waits()

    first.leave()

    assert (await task).ticket.state == "admitted"
    assert (world.admission.taken, world.admission.waiting) == (4, 0)


async def test_a_caller_who_leaves_while_waiting_leaves_nothing_behind(world: World) -> None:
    places = await world.filled()
    task = await world.waits()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    for place in places:
        place.leave()

    assert (world.admission.taken, world.admission.waiting) == (0, 0)


async def test_a_place_that_comes_as_its_caller_leaves_goes_to_the_next(world: World) -> None:
    first, *_ = await world.filled()
    leaving, staying = await world.waits(), await world.waits()

    first.leave()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert (await staying).ticket.state == "admitted"
    assert (world.admission.taken, world.admission.waiting) == (4, 0)


async def test_who_waits_too_long_is_sent_away_and_told_when_to_come_back() -> None:
    world = World(target_seconds=0.01)
    await world.filled()

    with pytest.raises(AdmissionRefused) as refused:
        await world.enter()

    assert refused.value.retry_after_seconds == 3
    assert world.admission.waiting == 0


async def test_who_has_no_time_left_is_told_so(world: World) -> None:
    await world.filled()

    with pytest.raises(DeadlineExceeded) as refused:
        await world.enter(seconds=0.01)

    assert not refused.value.is_sent
    assert world.admission.waiting == 0


async def test_who_makes_room_is_told_at_once() -> None:
    world = World(waiting=1)
    await world.filled()
    schedule = await world.waits(Priority.SCHEDULE)

    call = await world.waits()

    with pytest.raises(AdmissionRefused):
        await schedule
    assert not call.done()
    call.cancel()


async def test_a_full_queue_is_refused_before_anything_is_read() -> None:
    world = World(waiting=1)
    await world.filled()
    task = await world.waits()

    with pytest.raises(AdmissionRefused):
        world.entrance.require_room(TENANT, Priority.EVENT)
    with pytest.raises(AdmissionRefused):
        await world.enter()

    task.cancel()
