import asyncio

from annex_shared.cancellation import end_tasks


async def test_a_task_that_swallows_a_cancellation_is_asked_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await end_tasks(task)

    assert task.cancelled()
    assert swallowed == 2


async def test_tasks_that_have_ended_are_left_alone() -> None:
    async def fails() -> None:
        raise ValueError("its own end")

    task = asyncio.create_task(fails())
    await asyncio.wait([task])

    await end_tasks(task)

    assert isinstance(task.exception(), ValueError)
