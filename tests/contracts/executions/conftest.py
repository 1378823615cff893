"""The ledger behind its port, kept in PostgreSQL and in memory, and what is read of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import pytest

from annex_gateway.adapters.postgres.executions import PostgresExecutions
from annex_gateway.adapters.postgres.ledger import postgres_ledger
from annex_gateway.app import SCHEMA, migrate_database
from annex_gateway.domain.controls import QuotaWindow
from annex_gateway.domain.executions import Execution, Executions, ExecutionWish
from annex_gateway.domain.usage import Ledger, UsageOfWindow, UsageRecords, UsageWish
from annex_shared.clock import new_id
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.postgres.pool import open_pool
from support.stack.isolation import Databases
from unit.gateway.memory_ledger import MemoryLedger, an_execution

# Records are kept for days around the present only.
TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


class Reading(Executions, UsageRecords, Protocol):
    """Reads both."""


@dataclass(slots=True)
class Kept:
    """One tenant's records, with short ways to write and read them."""

    ledger: Ledger
    reading: Reading
    tenant_id: TenantId

    def execution(self, seconds: float = 0, **changes: Any) -> Execution:
        """Make an execution of this tenant that began so many seconds after noon."""
        began = TODAY + timedelta(seconds=seconds)
        return an_execution(
            **{
                "tenant_id": self.tenant_id,
                "execution_id": new_id(),
                "started_at": began,
                "finished_at": began,
                "extension_id": EXTENSION,
            }
            | changes
        )

    async def executions(self, **wish: Any) -> Sequence[Execution]:
        return (await self.reading.page(self.tenant_id, a_wish(**wish))).executions

    async def usage(self, **wish: Any) -> Sequence[UsageOfWindow]:
        return await self.reading.usage(self.tenant_id, a_usage_wish(**wish))


EXTENSION = ExtensionId(UUID("0190a000-0000-7000-8000-000000000002"))


def a_wish(**changes: Any) -> ExecutionWish:
    around: dict[str, Any] = {
        "since": TODAY - timedelta(days=40),
        "until": TODAY + timedelta(days=40),
        "limit": 50,
    }
    return ExecutionWish(**(around | changes))


def a_usage_wish(**changes: Any) -> UsageWish:
    today = TODAY.date()
    around: dict[str, Any] = {
        "window": QuotaWindow.DAY,
        "since": today - timedelta(days=40),
        "until": today + timedelta(days=1),
        "extension_id": None,
        "behind": None,
        "limit": 50,
    }
    return UsageWish(**(around | changes))


@pytest.fixture(scope="session")
async def postgres_records(databases: Databases) -> AsyncIterator[tuple[Ledger, Reading]]:
    """Share one database: each test has a tenant of its own."""

    async def prepare(url: str) -> None:
        await migrate_database(url)

    url = await databases.create(await databases.template("gateway", prepare))
    parts = urlsplit(url)
    as_application = urlunsplit(parts._replace(netloc=f"gateway_app:x@{parts.hostname}:{parts.port}"))
    async with (
        postgres_ledger(as_application, application="test", schema=SCHEMA) as ledger,
        open_pool(as_application, application="test", schema=SCHEMA, max_size=2) as pool,
    ):
        yield ledger, PostgresExecutions(pool)
    await databases.drop(url)


@pytest.fixture(params=["memory", "postgres"])
def kept(request: pytest.FixtureRequest) -> Kept:
    tenant_id = TenantId(uuid4())
    if request.param == "memory":
        memory = MemoryLedger()
        return Kept(memory, memory, tenant_id)
    ledger, reading = request.getfixturevalue("postgres_records")
    return Kept(ledger, reading, tenant_id)
