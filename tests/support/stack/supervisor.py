"""The process that owns the servers of one run: it starts what it is told and stops all when told no more.

It reads server names from its input, one per line, and writes one JSON object per server. The end of the
input is the order to stop, so it also comes when the run that gave the orders was killed.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType

from support.stack import ceph, postgres, rabbitmq, redis
from support.stack.home import Slot, claimed_slot, root
from support.stack.ports import Ports
from support.stack.processes import Workplace
from support.stack.server import Server

STARTERS: dict[str, ModuleType] = {"postgres": postgres, "rabbitmq": rabbitmq, "redis": redis, "s3": ceph}
# A Ceph cluster takes long to make and is made to be used again; the others start empty every time.
KEPT = frozenset({"s3"})


class Supervisor:
    """Starts servers side by side in one slot and stops them together."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._ports = Ports()
        self._starting: dict[str, asyncio.Task[Server]] = {}

    def start(self, name: str) -> asyncio.Task[Server]:
        """Start a server once; asking again returns the same start."""
        if name not in self._starting:
            self._starting[name] = asyncio.create_task(self._start(name))
        return self._starting[name]

    async def _start(self, name: str) -> Server:
        directory = self._slot.place(name, keep=name in KEPT)
        place = Workplace(name, directory, on_start=self._slot.record)
        starter: Callable[[Workplace, Ports], Awaitable[Server]] = STARTERS[name].start
        return await starter(place, self._ports)

    async def stop(self) -> None:
        """Stop what runs and give up what is still starting; the slot's records catch what that leaves."""
        for task in self._starting.values():
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*self._starting.values(), return_exceptions=True)
        servers = [result for result in results if isinstance(result, Server)]
        await asyncio.gather(*(server.stop() for server in servers))
        self._slot.sweep()


@asynccontextmanager
async def supervised() -> AsyncIterator[Supervisor]:
    """Own a slot and its servers for the length of the block."""
    async with AsyncExitStack() as stack:
        supervisor = Supervisor(stack.enter_context(claimed_slot(root(os.environ))))
        stack.push_async_callback(supervisor.stop)
        yield supervisor


async def orders() -> AsyncIterator[str]:
    """Read server names from the standard input until it ends or a signal says stop."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, reader.feed_eof)
    while line := await reader.readline():
        yield line.decode().strip()


async def report(name: str, starting: asyncio.Task[Server]) -> None:
    """Tell the run how a start ended."""
    try:
        server = await starting
        answer = {"server": name, "addresses": dict(server.addresses)}
    except Exception as failure:  # noqa: BLE001  # the run shows it, whatever it is
        answer = {"server": name, "error": f"{type(failure).__name__}: {failure}"}
    try:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return


async def main() -> None:
    async with supervised() as supervisor, asyncio.TaskGroup() as reports:
        async for name in orders():
            reports.create_task(report(name, supervisor.start(name)))
        await supervisor.stop()


if __name__ == "__main__":
    asyncio.run(main())
