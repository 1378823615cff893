from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from annex_gateway.actions.attempt_run import Attempted, Attempting, Outcome, attempt_run
from annex_gateway.domain.circuits import CircuitPolicy, Circuits
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import CircuitOpen, RunnerUnavailable
from annex_gateway.domain.retries import Retries, RetryPolicy
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.execute import ExecuteResponse
from annex_shared.errors import AnnexError
from unit.gateway.builders import a_refusal
from unit.gateway.fakes import CountedAttempts, StoppedMonotonic

VERSION = ContentHash.of(b"notes")
ANSWER = ExecuteResponse(status=200)
NOT_SENT = RunnerUnavailable("away", is_sent=False)
CRASH = a_refusal("WORKER_CRASHED", effects=0)


@dataclass
class World:
    now: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    metrics: CountedAttempts = field(default_factory=CountedAttempts)
    pauses: list[float] = field(default_factory=list)
    open_after: int = 1000

    def __post_init__(self) -> None:
        self.circuits = Circuits(CircuitPolicy(calls=self.open_after), self.now)

    async def attempt(
        self, *outcomes: Outcome | AnnexError, is_safe: bool = False, seconds: float = 30
    ) -> Attempted:
        script = list(outcomes)

        async def execute() -> Outcome:
            outcome = script.pop(0)
            if isinstance(outcome, AnnexError):
                raise outcome
            return outcome

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)
            self.now.seconds += seconds

        return await attempt_run(
            execute,
            version=VERSION,
            is_safe=is_safe,
            deadline=Deadline(self.now() + seconds, self.now),
            attempting=Attempting(
                self.circuits, Retries(RetryPolicy(), lambda: 0.5), self.metrics, self.now, pause
            ),
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("outcomes", [(NOT_SENT, ANSWER), (CRASH, CRASH, ANSWER)], ids=["away", "crashed"])
async def test_what_changed_nothing_is_tried_again(
    world: World, outcomes: Sequence[Outcome | AnnexError]
) -> None:
    attempted = await world.attempt(*outcomes)

    assert attempted == Attempted(ANSWER, len(outcomes))
    assert len(world.pauses) == len(outcomes) - 1


async def test_each_attempt_is_counted(world: World) -> None:
    await world.attempt(NOT_SENT, CRASH, ANSWER)

    assert world.metrics.attempts == [(1, "RUNNER_UNAVAILABLE"), (2, "WORKER_CRASHED"), (3, "ANSWERED")]


@pytest.mark.parametrize(
    "outcome",
    [
        a_refusal("WORKER_CRASHED", effects=1),
        RunnerUnavailable("cut", is_sent=True),
        a_refusal("GUEST_TRAP", effects=0),
    ],
    ids=["effects", "cut", "trap"],
)
async def test_what_may_have_acted_is_not_tried_again(world: World, outcome: Outcome | AnnexError) -> None:
    attempted = await world.attempt(outcome)

    assert attempted.attempts == 1
    assert world.pauses == []


async def test_a_request_that_changes_nothing_is_tried_again_even_when_it_was_cut(world: World) -> None:
    attempted = await world.attempt(RunnerUnavailable("cut", is_sent=True), ANSWER, is_safe=True)

    assert attempted.result() == ANSWER


async def test_the_last_word_counts_when_attempts_are_used_up(world: World) -> None:
    attempted = await world.attempt(NOT_SENT, NOT_SENT, CRASH)

    assert attempted.result() is CRASH


async def test_without_time_for_another_attempt_there_is_none(world: World) -> None:
    attempted = await world.attempt(NOT_SENT, seconds=0.01)

    assert attempted.attempts == 1
    with pytest.raises(RunnerUnavailable):
        attempted.result()


async def test_an_open_circuit_asks_nobody() -> None:
    world = World(open_after=1)
    await world.attempt(a_refusal("WORKER_CRASHED", effects=1))

    with pytest.raises(CircuitOpen):
        await world.attempt()

    assert len(world.metrics.attempts) == 1


async def test_a_circuit_that_opens_between_attempts_leaves_the_first_answer() -> None:
    world = World(open_after=1)

    attempted = await world.attempt(NOT_SENT, ANSWER)

    assert attempted == Attempted(NOT_SENT, 1)


async def test_a_run_that_raises_something_else_is_not_judged(world: World) -> None:
    async def broken() -> Outcome:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised just above
        await attempt_run(
            broken,
            version=VERSION,
            is_safe=True,
            deadline=Deadline(world.now() + 1, world.now),
            attempting=Attempting(
                world.circuits, Retries(RetryPolicy(), lambda: 0), world.metrics, world.now
            ),
        )

    assert world.metrics.attempts == []
