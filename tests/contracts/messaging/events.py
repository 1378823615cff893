"""What tests of the bus publish, and what they hear of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from annex_shared.contracts.events import CloudEvent, sequence_text

LIMIT_SECONDS = 60
FEED = "tests"


def an_event(serial: int = 1, *, key: str = "order.placed", text: str = "") -> CloudEvent:
    """Build an event whose type is its routing key."""
    return CloudEvent(
        id=f"{FEED}/{serial}",
        source=f"/feeds/{FEED}",
        type=key,
        subject="subject",
        time=datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC),
        sequence=sequence_text(serial),
        data={"text": text},
    )


class Heard:
    """A handler that remembers; what ``then`` raises or awaits happens after the remembering."""

    def __init__(self, then: Callable[[CloudEvent], Awaitable[None]] | None = None) -> None:
        self.events: list[CloudEvent] = []
        self._then = then
        self._news = asyncio.Event()

    @property
    def serials(self) -> list[int]:
        return [event.serial for event in self.events]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def __call__(self, event: CloudEvent) -> None:
        self.events.append(event)
        self._news.set()
        if self._then is not None:
            await self._then(event)

    async def until(self, is_enough: Callable[["Heard"], bool]) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not is_enough(self):
                self._news.clear()
                await self._news.wait()

    async def until_count(self, count: int) -> None:
        await self.until(lambda heard: len(heard.events) >= count)


async def refuse(event: CloudEvent) -> None:
    raise RefusedOnPurpose(event.id)


class RefusedOnPurpose(Exception):
    pass


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a state that nothing announces."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await is_so():  # noqa: ASYNC110 a broker's state sets no event
            await asyncio.sleep(0.02)
