import asyncio
from dataclasses import dataclass, field, replace

import pytest

from annex_gateway.actions.run_once import Claimed, Once
from annex_gateway.domain.errors import (
    AdmissionRefused,
    GatewayError,
    IdempotencyInProgress,
    IdempotencyOutcomeUnknown,
    IdempotentAnswerNotKept,
    RunnerUnavailable,
)
from annex_gateway.domain.idempotency import Claim, KeptAnswer, Promise, Settlement
from annex_shared.clock import new_id
from unit.gateway.builders import an_install
from unit.gateway.fakes import CountedAttempts, MemoryIdempotencyRecords, StoppedMonotonic

ANSWER = KeptAnswer(200, [], b"hi", 1, "run-1")


@dataclass
class World:
    now: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    metrics: CountedAttempts = field(default_factory=CountedAttempts)
    claim: Claim = field(
        default_factory=lambda: Claim.of(
            "k", install=an_install(), endpoint="e", request=(), promise=Promise.AT_MOST_ONCE, lock_seconds=35
        )
    )
    runs: int = 0

    def __post_init__(self) -> None:
        self.records = MemoryIdempotencyRecords(self.now)
        self.once = Once(self.records, new_id, self.metrics, max_answer_bytes=2)

    async def run(self, *, answer: KeptAnswer = ANSWER, error: GatewayError | None = None) -> KeptAnswer:
        claimed = await self.once.claim(self.claim)
        if isinstance(claimed, KeptAnswer):
            return claimed

        async def run() -> KeptAnswer:
            self.runs += 1
            if error is not None:
                raise error
            return answer

        return await self.once.settled(claimed, run, verdict=lambda outcome: (Settlement.KEEP, outcome))


@pytest.fixture
def world() -> World:
    return World()


async def test_a_repeat_gets_the_answer_of_the_one_run(world: World) -> None:
    assert [await world.run() for _ in range(3)] == [ANSWER] * 3
    assert (world.runs, world.metrics.replays) == (1, 2)


async def test_while_it_runs_a_repeat_is_told_to_wait(world: World) -> None:
    assert isinstance(await world.once.claim(world.claim), Claimed)

    with pytest.raises(IdempotencyInProgress):
        await world.run()


async def test_a_run_that_never_began_may_be_asked_for_again(world: World) -> None:
    with pytest.raises(AdmissionRefused):
        await world.run(error=AdmissionRefused("busy"))

    assert await world.run() == ANSWER


async def test_a_run_whose_end_nobody_saw_is_not_run_again(world: World) -> None:
    with pytest.raises(RunnerUnavailable):
        await world.run(error=RunnerUnavailable("cut", is_sent=True))

    with pytest.raises(IdempotencyOutcomeUnknown):
        await world.run()

    assert world.runs == 1


async def test_a_gateway_that_was_killed_leaves_an_unknown_outcome(world: World) -> None:
    await world.once.claim(world.claim)
    world.now.seconds += 36

    with pytest.raises(IdempotencyOutcomeUnknown):
        await world.run()


async def test_a_delivery_whose_gateway_was_killed_is_delivered_again(world: World) -> None:
    world.claim = replace(world.claim, promise=Promise.UNTIL_SUCCESS)
    await world.once.claim(world.claim)
    world.now.seconds += 36

    assert await world.run() == ANSWER


async def test_an_answer_too_large_to_keep_is_not_run_again(world: World) -> None:
    assert (await world.run(answer=replace(ANSWER, body=b"xxx"))).body == b"xxx"

    with pytest.raises(IdempotentAnswerNotKept):
        await world.run()


async def test_a_database_that_goes_away_during_a_run_takes_no_answer_away(world: World) -> None:
    claimed = await world.once.claim(world.claim)
    assert isinstance(claimed, Claimed)

    async def run() -> KeptAnswer:
        world.records.is_away = True
        return ANSWER

    answer = await world.once.settled(claimed, run, verdict=lambda outcome: (Settlement.KEEP, outcome))

    world.records.is_away = False
    assert (answer, world.metrics.unsettled_runs) == (ANSWER, 1)
    with pytest.raises(IdempotencyInProgress):
        await world.run()


async def test_a_run_ends_even_when_its_caller_leaves(world: World) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def run() -> KeptAnswer:
        begun.set()
        await may_end.wait()
        return await world.run()

    caller = asyncio.create_task(world.once.to_the_end(run))
    await begun.wait()
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    may_end.set()
    while world.runs == 0:  # noqa: ASYNC110 - another task's work
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert await world.run() == ANSWER
    assert world.runs == 1


async def test_closing_ends_what_still_runs(world: World) -> None:
    begun = asyncio.Event()

    async def run() -> None:
        begun.set()
        await asyncio.Event().wait()

    caller = asyncio.create_task(world.once.to_the_end(run))
    await begun.wait()

    await world.once.close()

    assert isinstance((await asyncio.gather(caller, return_exceptions=True))[0], asyncio.CancelledError)
