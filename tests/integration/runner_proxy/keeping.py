"""Schedules and deliveries over a real database, with a clock that is set and a scripted gateway."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
from asyncpg import Pool
from prometheus_client import CollectorRegistry

from annex_runner_proxy.actions.dispatch_next import DispatchPorts, dispatch_next
from annex_runner_proxy.actions.plan_schedules import PlanningPorts, plan_due_schedules
from annex_runner_proxy.actions.schedules import SchedulePorts, create_schedule
from annex_runner_proxy.actions.subscriptions import SubscriptionPorts
from annex_runner_proxy.adapters.dispatch_metrics import DispatchMetrics
from annex_runner_proxy.adapters.postgres.database import Database
from annex_runner_proxy.adapters.postgres.dispatches import PostgresDispatches
from annex_runner_proxy.adapters.postgres.schedules import PostgresSchedules
from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.postgres.subscriptions import PostgresSubscriptions
from annex_runner_proxy.domain.dispatches import Attempted, Kind, Lease, RetryPolicy
from annex_runner_proxy.domain.errors import RegistryUnavailable
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.kept import VersionContents
from annex_runner_proxy.domain.schedules import Endpoint, Schedule, ScheduleWish
from annex_shared.clock import new_id
from annex_shared.contracts.schedules import DispatchView
from annex_shared.ids import InstallId
from annex_shared.postgres.pool import open_pool
from unit.runner_proxy.fakes import MemoryRecords, an_install

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ENDPOINTS = (Endpoint("POST", "/sync"), Endpoint("GET", "/report"))
OK = Attempted(is_success=True, is_final=False, is_charged=True, status=200)
BROKEN = Attempted(is_success=False, is_final=False, is_charged=True, status=500, error="It answered 500.")
AWAY = Attempted(is_success=False, is_final=False, is_charged=False, error_code="GATEWAY_UNAVAILABLE")


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class SaidGateway:
    """Meets ``Gateway``: answers what it was told, in order, and at last what it always says."""

    answers: list[Attempted] = field(default_factory=list)
    always: Attempted = OK
    seen: list[Lease] = field(default_factory=list)

    async def send(self, lease: Lease) -> Attempted:
        self.seen.append(lease)
        return self.answers.pop(0) if self.answers else self.always


@dataclass
class SaidVersions:
    """Meets ``Versions``: every version declares the same."""

    endpoints: Sequence[Endpoint] = ENDPOINTS
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    is_away: bool = False

    async def contents(self, install: Install) -> VersionContents:
        del install
        if self.is_away:
            raise RegistryUnavailable("It is away.")
        return VersionContents(self.endpoints, self.subscriptions)


@dataclass
class Keeping:
    """One runner-proxy's view of the database; several may share it."""

    pool: Pool
    clock: SetClock = field(default_factory=SetClock)
    gateway: SaidGateway = field(default_factory=SaidGateway)
    versions: SaidVersions = field(default_factory=SaidVersions)
    installs: InstallTable = field(default_factory=InstallTable)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    owner: UUID = field(default_factory=new_id)
    counted: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.meter = DispatchMetrics(self.counted)

    def figure(self, name: str, **labels: str) -> float | None:
        """Read one of the metrics."""
        return self.counted.get_sample_value(name, labels)

    @property
    def database(self) -> Database:
        return Database(self.pool)

    @property
    def dispatches(self) -> PostgresDispatches:
        return PostgresDispatches(self.database)

    @property
    def subscriptions(self) -> PostgresSubscriptions:
        return PostgresSubscriptions(self.database)

    @property
    def ports(self) -> SchedulePorts:
        return SchedulePorts(PostgresSchedules(self.database, new_id), self.versions, self.clock, new_id)

    @property
    def planning(self) -> PlanningPorts:
        return PlanningPorts(self.ports, self.dispatches, self.installs, self.records)

    @property
    def following(self) -> SubscriptionPorts:
        return SubscriptionPorts(self.subscriptions, self.versions, self.clock)

    @property
    def sending(self) -> DispatchPorts:
        return DispatchPorts(
            self.dispatches,
            self.gateway,
            self.clock,
            self.owner,
            timedelta(seconds=90),
            self.policy,
            self.meter,
        )

    def installed(self, **changes: Any) -> Install:
        """Install the extension; a later revision replaces an earlier one."""
        install = an_install(**{"install_id": InstallId(uuid4()), **changes})
        self.installs.apply(install)
        self.records.installs[install.install_id] = install
        return install

    def uninstall(self, install: Install) -> None:
        self.installs.forget(install.install_id, revision=install.revision + 1)
        del self.records.installs[install.install_id]

    async def schedule(self, install: Install, **wish: Any) -> Schedule:
        wanted = ScheduleWish(**{"endpoint": "/sync", "cron": "0 * * * *", **wish})
        return await create_schedule(wanted, install, ports=self.ports)

    async def plan(self) -> int:
        return await plan_due_schedules(ports=self.planning)

    async def send_all(self) -> int:
        """Send what waits now, and count it."""
        count = 0
        while await dispatch_next(ports=self.sending):
            count += 1
        return count

    async def runs(self, schedule: Schedule, install: Install) -> list[DispatchView]:
        return await self.dispatches.history(
            install, Kind.SCHEDULE, lane=str(schedule.id), state=None, before=None, limit=50
        )

    async def deliveries(self, install: Install) -> list[DispatchView]:
        """Return what was queued for an install, oldest first."""
        newest_first = await self.dispatches.history(
            install, Kind.EVENT, lane=None, state=None, before=None, limit=200
        )
        return newest_first[::-1]


async def emptied(url: str) -> None:
    """Take every row away, as the one who may."""
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
        "WHERE schemaname = $1 AND tablename <> 'schema_migration'",
        SCHEMA,
    )
    await connection.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)}")
    await connection.close()


def as_app(url: str) -> str:
    """Name the database as runner-proxy itself connects: with a role that owns nothing."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"runner_proxy_app:x@{parts.hostname}:{parts.port}"))


@asynccontextmanager
async def keeping_in(url: str) -> AsyncIterator[Keeping]:
    async with open_pool(as_app(url), application="test", schema=SCHEMA) as pool:
        keeping = Keeping(pool)
        keeping.installs.begin_rebuild()
        keeping.installs.finish_rebuild()
        yield keeping
