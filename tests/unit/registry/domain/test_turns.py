"""Turns bound what is done at once."""

import asyncio

import pytest

from annex_registry.domain.turns import Turns


async def test_who_has_a_turn_keeps_others_waiting_until_it_ends() -> None:
    turns = Turns(asyncio.Semaphore(1))
    order = []

    async def take(name: str) -> None:
        async with turns.one():
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(take("first"), take("second"))

    assert order == ["first begins", "first ends", "second begins", "second ends"]


async def test_a_turn_is_given_back_also_after_a_fault() -> None:
    turns = Turns(asyncio.Semaphore(1))

    with pytest.raises(ValueError, match="broken"):
        async with turns.one():
            raise ValueError("broken")

    async with turns.one():
        pass
