"""A connection of its own that hears of every commit that wrote an event."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from asyncpg import Connection

from annex_registry.adapters.postgres.records import unavailable_is_busy

# The name in the statement add_event. Who listens also polls, so a lost wake-up costs a second.
_CHANNEL = "annex_registry_outbox"
_CONNECT_SECONDS = 5
_COMMAND_SECONDS = 10
_CLOSE_SECONDS = 2


@asynccontextmanager
async def listening_to_outbox(
    url: str, *, application: str
) -> AsyncIterator[tuple[Connection, asyncio.Event]]:
    """Open the connection and the signal it sets, also when it is lost. Raises RegistryBusy."""
    with unavailable_is_busy():
        connection = await asyncpg.connect(
            url,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": application, "search_path": "registry"},
        )
    try:
        woken = asyncio.Event()
        with unavailable_is_busy():
            await connection.add_listener(_CHANNEL, lambda *_: woken.set())
        connection.add_termination_listener(lambda _: woken.set())
        yield connection, woken
    finally:
        with suppress(
            OSError,
            TimeoutError,
            asyncpg.exceptions.PostgresError,
            asyncpg.exceptions.InterfaceError,
            asyncpg.exceptions.InternalClientError,
        ):
            await connection.close(timeout=_CLOSE_SECONDS)


async def wait_until_woken(woken: asyncio.Event, timeout_seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds):
            await woken.wait()
    # Cleared before the next reading, so that nothing written after it goes unheard.
    woken.clear()
