"""Do acts with so many clients, and say how long each took and what was answered."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import ClientError
from benchmarks.registry.port import Act, Answer
from benchmarks.rounds import Sample

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of the acts that were done; an act without an answer stands under status 0."""

    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    answers: dict[int, Answer] = field(default_factory=dict)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers.values())

    def sample(self) -> Sample:
        return Sample.of({"milliseconds": self.milliseconds, "seconds": self.seconds})


async def at_once(acts: Sequence[Act], *, clients: int, most_seconds: float = 3600) -> Measured:
    """Let ``clients`` take the acts in order until none is left or the time is over; at least one each."""
    waiting = deque(enumerate(acts))
    measured: list[float] = []
    answers: dict[int, Answer] = {}
    started = time.perf_counter()

    async def client() -> None:
        while waiting:
            index, act = waiting.popleft()
            begun = time.perf_counter()
            try:
                answers[index] = await act()
            except (ClientError, TimeoutError, OSError):
                answers[index] = Answer(0)
            now = time.perf_counter()
            measured.append((now - begun) * _MILLISECONDS)
            if now - started > most_seconds:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    return Measured(measured, time.perf_counter() - started, answers)
