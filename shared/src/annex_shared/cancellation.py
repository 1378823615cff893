"""End tasks for certain: a library may take a cancellation for a time-out of its own and go on."""

import asyncio
from typing import Any

_AGAIN_SECONDS = 1.0


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and those that go on all the same again, until each has ended; how is not looked at."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
