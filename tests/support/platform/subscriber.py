"""The example subscriber as a process, and what it has made of the feed."""

import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from support.stack.processes import Workplace, end

PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "subscriber" / "follow.py"


@dataclass(slots=True)
class Subscriber:
    """One follower of one feed; killed and started again it goes on with the same file."""

    place: Workplace
    process: Process | None = None

    async def start(self) -> None:
        self.process = await self.place.spawn(sys.executable, PROGRAM)

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self.process is not None:
            assert self.process.returncode is None, self.place.log.read_text()
            await end(self.process, signal.SIGKILL)
            self.process = None

    def effects(self) -> list[str]:
        """Return the ids of the events that took effect, in the order in which they did."""
        memory = self.place.directory / "memory.sqlite"
        if not memory.exists():
            return []
        with closing(sqlite3.connect(memory)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            if ("effect",) not in tables:
                return []
            return [row[0] for row in connection.execute("SELECT id FROM effect ORDER BY rowid")]


@asynccontextmanager
async def subscriber(
    directory: Path, *, gateway_url: str, api_key: str, feed: str, amqp_url: str | None = None
) -> AsyncIterator[Subscriber]:
    """Run the example inside the block; the directory is its own."""
    environment: Mapping[str, str] = {
        "ANNEX_GATEWAY": gateway_url,
        "ANNEX_TOKEN": api_key,
        "ANNEX_FEED": feed,
        "ANNEX_MEMORY": str(directory / "memory.sqlite"),
        **({} if amqp_url is None else {"AMQP_URL": amqp_url}),
    }
    running = Subscriber(Workplace(f"subscriber of {feed}", directory, environment=environment))
    await running.start()
    try:
        yield running
    finally:
        await running.kill()
