"""The part of the composition root that needs a database: schedules, subscriptions, dispatches."""

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg

from annex_runner_proxy.actions.dispatch_next import DispatchPorts
from annex_runner_proxy.actions.host.events import events_functions
from annex_runner_proxy.actions.host.scheduler import scheduler_functions
from annex_runner_proxy.actions.plan_schedules import PlanningPorts
from annex_runner_proxy.actions.schedules import SchedulePorts
from annex_runner_proxy.actions.subscriptions import SubscriptionPorts
from annex_runner_proxy.adapters.gateway import GatewayDoor
from annex_runner_proxy.adapters.postgres.database import Database
from annex_runner_proxy.adapters.postgres.dispatches import PostgresDispatches
from annex_runner_proxy.adapters.postgres.schedules import PostgresSchedules
from annex_runner_proxy.adapters.postgres.subscriptions import PostgresSubscriptions
from annex_runner_proxy.adapters.version_contents import RememberedVersions
from annex_runner_proxy.api.schedules import AdministrationPorts
from annex_runner_proxy.consumers.deliveries import on_deliverable
from annex_runner_proxy.domain.dispatches import RetryPolicy
from annex_runner_proxy.domain.host_call import HostApi
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.kept import DispatchMeter, Versions
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.loops.dispatching import (
    dispatch_for_ever,
    follow_for_ever,
    forget_for_ever,
    measure_for_ever,
    plan_for_ever,
    relay_for_ever,
)
from annex_shared.clock import Clock, SystemClock, new_id
from annex_shared.http.client import ServiceClient
from annex_shared.messaging.port import Bus, Subscription
from annex_shared.messaging.topology import (
    DELIVERIES_QUEUE,
    INSTALLS_CHANGED,
    VERSIONS_PUBLISHED,
    VERSIONS_STATUS,
)

_FORGET_SECONDS = 600.0
_MEASURE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Terms:
    """How eagerly, how often and how long things are tried and kept."""

    gateway_url: str | None
    poll_seconds: float
    at_once: int
    timeout_ms: int
    lease: timedelta
    keep: timedelta
    policy: RetryPolicy


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, and what acts on it; without a database every use says DatabaseUnavailable."""

    terms: Terms
    has_database: bool
    schedules: SchedulePorts
    dispatches: PostgresDispatches
    subscriptions: PostgresSubscriptions
    gateway: GatewayDoor | None
    clock: Clock
    meter: DispatchMeter

    @property
    def following(self) -> SubscriptionPorts:
        return SubscriptionPorts(self.subscriptions, self.schedules.versions, self.clock)

    def host_functions(self) -> HostApi:
        return {
            **scheduler_functions(self.schedules),
            **events_functions(self.subscriptions, self.clock, new_id),
        }

    def administration(self, installs: InstallTable, records: InstallRecords) -> AdministrationPorts:
        return AdministrationPorts(self.schedules, self.dispatches, self.subscriptions, installs, records)

    async def deliver_from(self, bus: Bus) -> Subscription:
        """Take the platform's events from the bus; replicas share the queue, so each event is taken once."""
        return await bus.work(
            queue=DELIVERIES_QUEUE,
            bindings=[VERSIONS_PUBLISHED, VERSIONS_STATUS, INSTALLS_CHANGED],
            handler=on_deliverable(self.following),
        )

    def loops(
        self, installs: InstallTable, records: InstallRecords, bus: Bus | None
    ) -> list[Coroutine[Any, Any, None]]:
        """Make the loops that this set-up can run."""
        if not self.has_database:
            return []
        poll = self.terms.poll_seconds
        loops = [
            follow_for_ever(self.following, installs, poll_seconds=poll),
            measure_for_ever(self.dispatches, self.meter, clock=self.clock, every_seconds=_MEASURE_SECONDS),
            forget_for_ever(
                self.dispatches,
                installs,
                records,
                clock=self.clock,
                keep=self.terms.keep,
                every_seconds=_FORGET_SECONDS,
            ),
        ]
        if self.gateway is not None:
            planning = PlanningPorts(self.schedules, self.dispatches, installs, records)
            loops.append(plan_for_ever(planning, poll_seconds=poll))
            sending = self._sending(self.gateway)
            loops += [dispatch_for_ever(sending, poll_seconds=poll) for _ in range(self.terms.at_once)]
        if bus is not None:
            loops.append(relay_for_ever(partial(self._relay, bus), poll_seconds=poll))
        return loops

    def _sending(self, gateway: GatewayDoor) -> DispatchPorts:
        return DispatchPorts(
            dispatches=self.dispatches,
            gateway=gateway,
            clock=self.clock,
            owner=new_id(),
            lease=self.terms.lease,
            policy=self.terms.policy,
            meter=self.meter,
        )

    async def _relay(self, bus: Bus) -> int:
        return await self.subscriptions.relay(bus, now=self.clock.now())


def open_kept(
    terms: Terms,
    pool: asyncpg.Pool | None,
    versions: Versions,
    gateway: ServiceClient,
    *,
    meter: DispatchMeter,
) -> Kept:
    """Put together what is kept; ``gateway`` is a client without an address."""
    database, clock = Database(pool), SystemClock()
    door = None
    if terms.gateway_url is not None:
        client = replace(gateway, base_url=terms.gateway_url.rstrip("/"))
        door = GatewayDoor(client, terms.timeout_ms)
    return Kept(
        terms=terms,
        has_database=pool is not None,
        schedules=SchedulePorts(
            PostgresSchedules(database, new_id), RememberedVersions(versions), clock, new_id
        ),
        dispatches=PostgresDispatches(database),
        subscriptions=PostgresSubscriptions(database),
        gateway=door,
        clock=clock,
        meter=meter,
    )
