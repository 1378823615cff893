"""Wait for what happens soon and not at once; a test that has to wait says for what, and for how long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Seen = TypeVar("Seen")
_POLL_SECONDS = 0.05


async def eventually(look: Callable[[], Awaitable[Seen | None]], *, seconds: float) -> Seen:
    """Look until there is something to see, and return it."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                seen = await look()
                if seen:
                    return seen
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{look.__qualname__} saw nothing within {seconds:g} s") from None
