"""The history of controls behind its ports, kept in PostgreSQL and in memory."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from annex_gateway.adapters.postgres.controls import PostgresControls, PostgresControlsFeed
from annex_gateway.app import SCHEMA, migrate_database
from annex_gateway.domain.ports import ControlsFeed, ControlsStore
from annex_shared.postgres.pool import open_pool
from support.memory_controls import MemoryControls
from support.stack.isolation import Databases

Book = tuple[ControlsStore, ControlsFeed]


@pytest.fixture
async def postgres_url(databases: Databases) -> AsyncIterator[str]:
    async def prepare(url: str) -> None:
        await migrate_database(url)

    url = await databases.create(await databases.template("gateway", prepare))
    yield url
    await databases.drop(url)


@pytest.fixture(params=["memory", "postgres"])
async def book(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[Book]:
    if request.param == "memory":
        memory = MemoryControls()
        yield memory, memory
        return
    parts = urlsplit(postgres_url)
    url = urlunsplit(parts._replace(netloc=f"gateway_app:x@{parts.hostname}:{parts.port}"))
    async with open_pool(url, application="test", schema=SCHEMA) as pool:
        yield PostgresControls(pool), PostgresControlsFeed(url, application="test", schema=SCHEMA)
