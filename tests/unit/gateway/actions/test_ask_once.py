import asyncio

import pytest

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.domain.errors import RegistryUnavailable
from unit.gateway.fakes import StoppedMonotonic


class Question:
    """Counts how often it is asked; answers when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_end = asyncio.Event()
        self.refusal: Exception | None = None

    async def __call__(self) -> None:
        self.asked += 1
        await self.may_end.wait()
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
def now() -> StoppedMonotonic:
    return StoppedMonotonic()


@pytest.fixture
def once(now: StoppedMonotonic) -> AskOnce:
    return AskOnce(keep_seconds=1, monotonic=now)


async def test_everybody_who_waits_shares_one_question(once: AskOnce) -> None:
    question = Question()
    waiting = [asyncio.create_task(once.ask("k", question)) for _ in range(5)]
    await asyncio.sleep(0)
    question.may_end.set()

    await asyncio.gather(*waiting)

    assert question.asked == 1


async def test_an_answer_stands_for_its_time(once: AskOnce, now: StoppedMonotonic) -> None:
    question = Question()
    question.may_end.set()

    await once.ask("k", question)
    now.seconds += 0.9
    await once.ask("k", question)
    now.seconds += 0.2
    await once.ask("k", question)

    assert question.asked == 2


async def test_a_refusal_stands_for_its_time_too(once: AskOnce, now: StoppedMonotonic) -> None:
    question = Question()
    question.may_end.set()
    question.refusal = RegistryUnavailable("away")

    for _ in range(3):
        with pytest.raises(RegistryUnavailable):
            await once.ask("k", question)
    assert question.asked == 1
    question.refusal = None
    now.seconds += 1.1

    await once.ask("k", question)

    assert question.asked == 2


async def test_a_mistake_of_ours_is_not_remembered_as_an_answer(once: AskOnce) -> None:
    question = Question()
    question.may_end.set()
    question.refusal = ValueError("a mistake")
    with pytest.raises(ValueError, match="a mistake"):
        await once.ask("k", question)
    question.refusal = None

    await once.ask("k", question)

    assert question.asked == 2


async def test_other_keys_are_other_questions(once: AskOnce) -> None:
    question = Question()
    question.may_end.set()

    await once.ask("a", question)
    await once.ask("b", question)

    assert question.asked == 2


async def test_what_is_forgotten_is_asked_again(once: AskOnce) -> None:
    question = Question()
    question.may_end.set()
    await once.ask("k", question)

    once.forget("k")
    await once.ask("k", question)

    assert question.asked == 2


async def test_a_caller_who_leaves_does_not_take_the_answer_from_others(once: AskOnce) -> None:
    question = Question()
    leaving = asyncio.create_task(once.ask("k", question))
    staying = asyncio.create_task(once.ask("k", question))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    question.may_end.set()

    await staying

    assert leaving.cancelled()
    assert question.asked == 1


async def test_closing_ends_open_questions(once: AskOnce) -> None:
    question = Question()
    waiting = asyncio.create_task(once.ask("k", question))
    await asyncio.sleep(0)

    await once.close()

    assert (await asyncio.gather(waiting, return_exceptions=True))[0].__class__ is asyncio.CancelledError
