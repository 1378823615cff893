import asyncio
from uuid import UUID

import pytest

from annex_runner_proxy.adapters.worker_queue import FairSlots
from annex_runner_proxy.domain.errors import Overloaded
from annex_shared.ids import TenantId

A, B, C = (TenantId(UUID(int=number)) for number in (1, 2, 3))
FAR = 1e12


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_tenants_take_turns_however_many_calls_one_has_waiting() -> None:
    slots = FairSlots(slots=1, max_waiting=10)
    await slots.acquire(A, until=FAR)
    order: list[TenantId] = []

    async def call(tenant: TenantId) -> None:
        await slots.acquire(tenant, until=FAR)
        order.append(tenant)

    tasks = [asyncio.create_task(call(tenant)) for tenant in (A, A, A, A, B, C, B)]
    await _settle()
    for _ in tasks:
        slots.release()
        await _settle()

    assert order == [A, B, C, A, B, A, A]


async def test_call_over_the_bound_is_refused() -> None:
    slots = FairSlots(slots=1, max_waiting=0)
    await slots.acquire(A, until=FAR)

    with pytest.raises(Overloaded) as refused:
        await slots.acquire(B, until=FAR)

    assert refused.value.retry_after_seconds == 1


async def test_call_that_waited_long_enough_is_refused_and_leaves_the_queue() -> None:
    slots = FairSlots(slots=1, max_waiting=5)
    await slots.acquire(A, until=FAR)

    with pytest.raises(Overloaded):
        await slots.acquire(B, until=asyncio.get_running_loop().time() + 0.01)

    assert slots.waiting == 0


async def test_slot_of_a_cancelled_call_is_not_lost() -> None:
    slots = FairSlots(slots=1, max_waiting=5)
    await slots.acquire(A, until=FAR)
    waiting = asyncio.create_task(slots.acquire(B, until=FAR))
    await _settle()

    slots.release()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(1):
        await slots.acquire(C, until=FAR)
    assert slots.waiting == 0


async def test_tenant_that_may_not_run_is_passed_over_until_it_may() -> None:
    restrained = {A}
    slots = FairSlots(slots=2, max_waiting=5, may_run=lambda tenant, _running: tenant not in restrained)
    passed_over = asyncio.create_task(slots.acquire(A, until=FAR))
    await _settle()

    await slots.acquire(B, until=FAR)
    slots.release()
    await _settle()
    waited = not passed_over.done()
    restrained.clear()
    slots.offer()
    await passed_over

    assert waited
    assert slots.waiting == 0


async def test_who_may_run_is_asked_with_the_number_of_those_that_run() -> None:
    slots = FairSlots(slots=3, max_waiting=5, may_run=lambda _tenant, running: running < 2)
    for _ in range(2):
        await slots.acquire(A, until=FAR)
    third = asyncio.create_task(slots.acquire(A, until=FAR))
    await _settle()
    waited = not third.done()

    slots.release()
    await third

    assert waited


async def test_a_full_queue_turns_away_the_tenant_with_the_most_calls_in_it() -> None:
    slots = FairSlots(slots=1, max_waiting=3)
    await slots.acquire(A, until=FAR)
    crowd = [asyncio.create_task(slots.acquire(A, until=FAR)) for _ in range(3)]
    await _settle()

    single = asyncio.create_task(slots.acquire(B, until=FAR))
    await _settle()
    for _ in range(3):
        slots.release()
        await _settle()
    outcomes = await asyncio.gather(*crowd, single, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), Overloaded, type(None)]
    assert slots.waiting == 0


async def test_a_full_queue_refuses_the_tenant_that_fills_it() -> None:
    slots = FairSlots(slots=1, max_waiting=2)
    await slots.acquire(A, until=FAR)
    waiting = [asyncio.create_task(slots.acquire(tenant, until=FAR)) for tenant in (A, B)]
    await _settle()

    with pytest.raises(Overloaded):
        await slots.acquire(A, until=FAR)

    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert slots.waiting == 0
