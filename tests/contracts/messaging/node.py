"""A RabbitMQ node of one test, which may stop it and start it again with its data."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from yarl import URL

from contracts.messaging.events import eventually
from support.stack import rabbitmq
from support.stack.install import RABBITMQ_BIN
from support.stack.ports import Ports
from support.stack.processes import Workplace, end
from support.stack.server import Server


class Node:
    def __init__(self, place: Workplace, server: Server) -> None:
        self._place = place
        self.url = server.addresses["ANNEX_TEST_RABBITMQ_URL"]
        self._management = URL(server.addresses["ANNEX_TEST_RABBITMQ_MANAGEMENT_URL"]).port or 0
        self._pid = server.pids[0]

    async def stop(self) -> None:
        """Stop in good order: a queue made seconds before a SIGKILL may not come back in RabbitMQ 3.10."""
        os.kill(self._pid, signal.SIGTERM)
        await eventually(self._is_gone)

    async def _is_gone(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        return False

    @asynccontextmanager
    async def started_again(self) -> AsyncIterator[None]:
        process = await self._place.spawn(RABBITMQ_BIN / "rabbitmq-server")
        try:
            is_up = partial(rabbitmq.is_up, URL(self.url).port or 0, self._management)
            await self._place.ready(process, is_up, rabbitmq.READY_SECONDS)
            yield
        finally:
            await end(process, signal.SIGKILL)


@asynccontextmanager
async def own_node(directory: Path) -> AsyncIterator[Node]:
    place = Workplace("rabbitmq", directory)
    server = await rabbitmq.start(place, Ports())
    try:
        yield Node(place, server)
    finally:
        await server.stop()
