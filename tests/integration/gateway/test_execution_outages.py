"""Whatever ends under load, the gateway or its database: of every answer there is a record."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from annex_gateway.app import ensure_tenant_and_key, migrate_database
from integration.gateway.conftest import EVERYTHING, PEPPER, World
from support.stack import postgres
from support.stack.ports import Ports
from support.stack.processes import Workplace, end
from support.stack.server import Server

HELLO = "/api/ext/acme.notes/notes"
CLIENTS = 16
ENOUGH = 150


@dataclass
class Load:
    """Clients that call without pause and remember what they were told."""

    world: World
    answered: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        async with asyncio.TaskGroup() as clients:
            tasks = [clients.create_task(self._call_for_ever()) for _ in range(CLIENTS)]
            yield self
            for task in tasks:
                task.cancel()

    async def until(self, is_enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_enough():  # noqa: ASYNC110 - what the clients saw
                await asyncio.sleep(0.01)

    async def _call_for_ever(self) -> None:
        while True:
            try:
                await self._call()
            except (aiohttp.ClientError, ConnectionError):
                # Whether it ran is not known here, and nothing is claimed.
                await asyncio.sleep(0.05)

    async def _call(self) -> None:
        url = self.world.gateway_url + HELLO
        async with self.world.session.get(url, headers={"x-api-key": self.world.api_key}) as answer:
            body = await answer.read()
            if answer.status == 200:
                assert body == b"hello"
                self.answered.add(answer.headers["x-annex-execution-id"])
                return
            problem = await answer.json(content_type="application/problem+json")
        self.refused.append(problem["code"])
        if problem["code"] == "EXECUTION_NOT_RECORDED":
            self.withheld.add(problem["details"]["execution_id"])
        await asyncio.sleep(0.02)


async def recorded(url: str) -> dict[str, str]:
    """Read all records of a database as a superuser: status by id."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT execution_id, status FROM gateway.extension_execution_log")
    finally:
        await connection.close()
    return {str(UUID(str(row["execution_id"]))): row["status"] for row in rows}


async def test_a_killed_gateway_answered_nothing_that_is_not_recorded(
    world: World, databases_of_gateway: str
) -> None:
    world.installed()
    process = await _serving(world)
    load = Load(world)
    try:
        async with load.running():
            await load.until(lambda: len(load.answered) >= ENOUGH)
            process.kill()
            await process.wait()
    finally:
        await end(process, signal.SIGKILL)

    rows = await recorded(databases_of_gateway)
    assert {rows.get(execution_id) for execution_id in load.answered} == {"ok"}
    assert len(rows) >= len(load.answered) >= ENOUGH


async def _serving(world: World) -> Process:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": world.database_url,
        "REDIS_URL": world.redis_url,
        "REGISTRY_URL": world.registry_stage.url,
        "RUNNER_PROXY_URL": world.runner_stage.url,
        "SERVICE_KEY_FILE": str(world.key_file),
        "API_KEY_PEPPER": PEPPER,
        "ANNEX_GATEWAY_HOST": "127.0.0.1",
        "ANNEX_GATEWAY_PORT": str(Ports().take()),
    }
    world.gateway_url = f"http://127.0.0.1:{environment['ANNEX_GATEWAY_PORT']}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_gateway", "serve"),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(30):
        while not await _answers(world):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    return process


async def _answers(world: World) -> bool:
    try:
        async with world.session.get(f"{world.gateway_url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@dataclass
class OwnPostgres:
    """A server that a test ends at once, as a crash does, and starts again over the same data."""

    place: Workplace
    url: str
    stop: Callable[[], Awaitable[None]]

    def url_for(self, role: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}"))

    async def start_again(self) -> None:
        port = str(urlsplit(self.url).port)
        options = [word for name, value in postgres.SETTINGS.items() for word in ("-c", f"{name}={value}")]
        process = await self.place.spawn(
            postgres.binaries() / "postgres",
            *("-D", self.place.directory / "data", "-p", port),
            *options,
            on_parent_death=signal.SIGQUIT,
        )

        async def stop() -> None:
            await end(process, signal.SIGQUIT)

        self.stop = stop
        await self.place.ready(process, partial(postgres.accepts, self.url), postgres.READY_SECONDS)


@pytest.fixture
async def own_postgres(tmp_path: Path) -> AsyncIterator[OwnPostgres]:
    place = Workplace("postgres", tmp_path / "postgres")
    place.directory.mkdir()
    server: Server = await postgres.start(place, Ports())
    own = OwnPostgres(place, server.addresses["ANNEX_TEST_DATABASE_URL"], server.stop)
    yield own
    await own.stop()


async def test_while_the_database_is_away_nothing_runs_and_all_that_ran_is_recorded_when_it_is_back(
    world: World, own_postgres: OwnPostgres
) -> None:
    await migrate_database(own_postgres.url)
    database_url = own_postgres.url_for("gateway_app")
    made = await ensure_tenant_and_key(database_url, PEPPER, slug="dev", permissions=EVERYTHING)
    assert made.api_key is not None
    world = replace(world, database_url=database_url, tenant_id=str(made.tenant_id), api_key=made.api_key)
    world.installed()
    load = Load(world)
    # Keys that were seen lately stay known, so that calls get as far as their record.
    async with world.gateway(api_key_cache_seconds=300):
        async with load.running():
            await load.until(lambda: len(load.answered) >= ENOUGH)
            await own_postgres.stop()
            await load.until(lambda: "EXECUTION_LOG_UNAVAILABLE" in load.refused)
            ran = len(world.runner.requests)
            await asyncio.sleep(0.3)
            ran_meanwhile = len(world.runner.requests) - ran
            await own_postgres.start_again()
            before = len(load.answered)
            await load.until(lambda: len(load.answered) >= before + ENOUGH)
        seen = (await world.get("/metrics", headers={})).body.decode()

    rows = await recorded(own_postgres.url)
    assert ran_meanwhile <= CLIENTS
    assert set(load.refused) <= {"EXECUTION_LOG_UNAVAILABLE", "EXECUTION_NOT_RECORDED"}
    assert (load.answered | load.withheld) <= rows.keys()
    # Also of those whose client left at the end.
    assert len(rows) == len(world.runner.requests)
    assert "annex_gateway_execution_log_available 1.0" in seen
