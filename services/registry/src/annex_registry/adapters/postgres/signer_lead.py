"""The signer's own connection: it holds the lead, reads the log and hears of new leaves and checkpoints."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
from asyncpg import Connection

from annex_registry.adapters.postgres.log import PostgresLog
from annex_registry.adapters.postgres.records import unavailable_is_busy
from annex_registry.adapters.postgres.statements import LOG

# The name in log_append and show_checkpoint. The signer also polls, so a lost wake-up costs a second.
_CHANNEL = "annex_registry_log"
_CONNECT_SECONDS = 5
_COMMAND_SECONDS = 10
_CLOSE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class PostgresSignerLead:
    """Meets ``SignerLead`` over one connection."""

    connection: Connection
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def log(self) -> PostgresLog:
        return PostgresLog(self.connection)

    async def become_leader(self) -> bool:
        is_leader: bool = await self.connection.fetchval(LOG["become_signer"])
        return is_leader

    def hear(self, _connection: object, sender: int, _channel: str, _payload: object) -> None:
        """Wake up for what others wrote; our own checkpoint is no news to us."""
        if sender != self.connection.get_server_pid():
            self.woken.set()

    async def declare_checked(self) -> None:
        await self.connection.execute(LOG["declare_checked"])

    async def wait(self, timeout_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self.woken.wait()
        # Cleared before the next reading, so that nothing written after it goes unheard.
        self.woken.clear()


@dataclass(frozen=True, slots=True)
class PostgresSignerLeads:
    """Meets ``SignerLeads``. No pool: its reset would give the lead away."""

    url: str

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[PostgresSignerLead]:
        with unavailable_is_busy():
            connection = await asyncpg.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                command_timeout=_COMMAND_SECONDS,
                server_settings={"application_name": "annex-registry-signer", "search_path": "registry"},
            )
            try:
                lead = PostgresSignerLead(connection)
                await connection.add_listener(_CHANNEL, lead.hear)
                connection.add_termination_listener(lambda _: lead.woken.set())
                yield lead
            finally:
                with suppress(
                    OSError, TimeoutError, asyncpg.exceptions.PostgresError, asyncpg.exceptions.InterfaceError
                ):
                    await connection.close(timeout=_CLOSE_SECONDS)
