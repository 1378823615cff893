"""Redis is stopped, hung and started while calls arrive: all are answered, and counted together again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from integration.gateway.conftest import Answer, World
from support.stack import redis
from support.stack.ports import Ports
from support.stack.processes import Workplace
from support.stack.server import Server

NOTES = "/api/ext/acme.notes/notes"
CLIENTS = 4
WAIT_SECONDS = 30


class OnePort(Ports):
    """The same port every time: a server that comes back is the server that went."""

    def __init__(self) -> None:
        super().__init__()
        self.port = super().take()

    def take(self) -> int:
        return self.port


@dataclass
class PrivateRedis:
    place: Workplace
    ports: OnePort = field(default_factory=OnePort)
    server: Server | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.ports.port}/0"

    async def start(self) -> None:
        self.server = await redis.start(self.place, self.ports)

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.stop()
        self.server = None

    def send(self, number: signal.Signals) -> None:
        assert self.server is not None
        for pid in self.server.pids:
            os.kill(pid, number)


@dataclass
class Load:
    """Clients that call until they are told to stop, and what they were answered last."""

    world: World
    answers: list[Answer] = field(default_factory=list)
    is_over: bool = False

    async def client(self) -> None:
        while not self.is_over:
            self.answers.append(await self.world.get(NOTES))

    async def until_all_are(self, *, degraded: bool) -> None:
        """Wait for as many answers of that kind in a row as there are clients, twice."""
        async with asyncio.timeout(WAIT_SECONDS):
            seen = len(self.answers)
            while not self._has_settled(seen, degraded=degraded):  # noqa: ASYNC110 - what is answered
                await asyncio.sleep(0.01)

    def _has_settled(self, seen: int, *, degraded: bool) -> bool:
        last = self.answers[seen:][-2 * CLIENTS :]
        return len(last) == 2 * CLIENTS and all(is_degraded(answer) is degraded for answer in last)


def is_degraded(answer: Answer) -> bool:
    return bool(answer.headers.get("x-quota-degraded") == "1")


@pytest.fixture
async def private_redis(tmp_path: Path) -> AsyncIterator[PrivateRedis]:
    directory = tmp_path / "redis"
    directory.mkdir()
    private = PrivateRedis(Workplace("redis", directory))
    await private.start()
    yield private
    await private.stop()


async def test_calls_go_on_while_redis_is_away_and_are_counted_together_once_it_is_back(
    world: World, private_redis: PrivateRedis
) -> None:
    world.installed()
    async with world.gateway(redis_url=private_redis.url):
        load = Load(world)
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(load.client())
            await load.until_all_are(degraded=False)
            await private_redis.stop()
            await load.until_all_are(degraded=True)
            await private_redis.start()
            await load.until_all_are(degraded=False)
            private_redis.send(signal.SIGSTOP)
            await load.until_all_are(degraded=True)
            ready = await world.get("/readyz")
            private_redis.send(signal.SIGCONT)
            await load.until_all_are(degraded=False)
            load.is_over = True
        metrics = (await world.get("/metrics")).body.decode()

    assert {answer.status for answer in load.answers} == {200}
    assert ready.json()["checks"]["redis"] == {"ok": True, "state": "away, calls are counted here alone"}
    assert "annex_gateway_rates_alone 0.0" in metrics
    alone = sum(is_degraded(answer) for answer in load.answers)
    assert f'annex_gateway_rated_calls_total{{counted_by="alone"}} {alone}.0' in metrics
