"""The composition root: puts routes, consumers and loops around what is open, and serves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from asyncpg.exceptions import InterfaceError, PostgresError

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.actions.follow_installs import rebuild_installs
from annex_runner_proxy.actions.warm_up import WarmUpPorts
from annex_runner_proxy.adapters.postgres.storage_sweeps import PostgresStorageSweeps
from annex_runner_proxy.api.callers import callers_middleware
from annex_runner_proxy.api.debug_lines import debug_lines_handler
from annex_runner_proxy.api.execute import execute_handler
from annex_runner_proxy.api.healthz import healthz_handler
from annex_runner_proxy.api.limits import limits_handler
from annex_runner_proxy.api.metrics import metrics_routes
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.api.schedules import PORTS, schedule_routes
from annex_runner_proxy.api.storage import storage_usage_handler
from annex_runner_proxy.api.warm_up import warm_up_handler
from annex_runner_proxy.consumers.install_changed import on_install_changed
from annex_runner_proxy.consumers.version_published import on_version_published
from annex_runner_proxy.consumers.version_status import on_version_status
from annex_runner_proxy.domain.errors import RegistryUnavailable
from annex_runner_proxy.loops.prewarm import Prewarming
from annex_runner_proxy.loops.repair_installs import repair_installs
from annex_runner_proxy.loops.sweep_storage import purge_storage_for_ever, sweep_storage_for_ever
from annex_runner_proxy.settings import RunnerProxySettings
from annex_runner_proxy.wiring.debug import debug_readings
from annex_runner_proxy.wiring.dependencies import Dependencies, real_dependencies
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.http.health import Ping, health_routes
from annex_shared.http.metrics import ProofFindings
from annex_shared.http.openapi_routes import openapi_routes
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import service_auth_middleware
from annex_shared.messaging.port import Bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from annex_shared.messaging.topology import INSTALLS_CHANGED, VERSIONS_PUBLISHED, VERSIONS_STATUS

SERVICE = RunnerProxySettings.service
# Base64 and the JSON around the body: a third more, and room for headers.
_ENVELOPE_BYTES = 512 * 1024
_PING_SECONDS = 2

log = structlog.get_logger()


class ProjectionEmpty(Exception):
    """Installs have not been read from the registry since the start."""


def build_app(settings: RunnerProxySettings, dependencies: Dependencies) -> web.Application:
    """Assemble the HTTP application around open dependencies."""
    handler: Handler = execute_handler(
        dependencies.ports,
        max_request_bytes=settings.max_request_bytes,
        new_id=new_id,
        compatible_by_default=settings.execute_compat is not None,
    )
    app = build_web_app(
        SERVICE,
        routes=[
            web.post("/v1/execute", handler),
            web.get(
                "/internal/v1/installs/{install_id}/storage",
                storage_usage_handler(dependencies.ports, dependencies.storage),
            ),
            web.get("/.well-known/limits.json", limits_handler(dependencies.ports)),
            web.get("/internal/v1/debug-lines", debug_lines_handler(dependencies.debug_log.lines)),
            *metrics_routes(
                dependencies.metrics.registry,
                (*dependencies.readings, *debug_readings(dependencies.debug_log)),
                ProofFindings(dependencies.ports.proofs),
            ),
            web.post("/warmup", warm_up_handler(_warm_up_ports(settings, dependencies))),
            web.get(
                "/healthz",
                healthz_handler(
                    cache_is_writable=dependencies.cache_is_writable,
                    bundle_store=dependencies.registry.ping,
                    cache_max_bytes=settings.cache_max_bytes,
                ),
            ),
            *schedule_routes(),
            *health_routes(_pings(dependencies)),
            *openapi_routes("annex_runner_proxy.api"),
        ],
        problems=PROBLEMS,
        middlewares=[
            callers_middleware(
                service_auth_middleware(dependencies.verifier),
                legacy_token=settings.runner_service_token,
                compatible_by_default=settings.execute_compat is not None,
            )
        ],
        client_max_size=settings.max_request_bytes * 4 // 3 + _ENVELOPE_BYTES,
    )
    if dependencies.kept is not None:
        ports = dependencies.ports
        app[PORTS] = dependencies.kept.administration(ports.installs, ports.records)
    return app


def _warm_up_ports(settings: RunnerProxySettings, dependencies: Dependencies) -> WarmUpPorts:
    ports = dependencies.ports
    return WarmUpPorts(
        installs=ports.installs,
        records=ports.records,
        versions=dependencies.registry,
        modules=dependencies.modules,
        blocked=ports.blocked,
        max_wait_seconds=settings.warm_wait_seconds,
        remote=ports.remote,
    )


@asynccontextmanager
async def running(settings: RunnerProxySettings, *, bus: Bus | None = None) -> AsyncIterator[int]:
    """Serve until the block ends and yield the port; ``bus`` is given by whoever hosts several services.

    What stops first is the listening: no call is accepted while workers go away.
    """
    async with AsyncExitStack() as stack:
        dependencies = await stack.enter_async_context(real_dependencies(settings))
        wishes = Prewarming()
        wish = wishes.wish if settings.prewarm and settings.runner_mode == "local" else _ignore
        ports = dependencies.ports
        await stack.enter_async_context(
            background(
                dependencies.debug_log.run(),
                wishes.run(dependencies.modules),
                repair_installs(
                    installs=ports.installs,
                    records=ports.records,
                    every_seconds=settings.repair_interval_seconds,
                    wish=wish,
                    blocked=ports.blocked,
                ),
                *_storage_sweeps(settings, dependencies),
            )
        )
        if bus is None and settings.bus_url is not None:
            url = settings.bus_url.get_secret_value()
            bus = await stack.enter_async_context(rabbitmq_bus(url, app_id=SERVICE))
        if bus is not None:
            await _subscribe(stack, bus, ports, wish)
        if dependencies.kept is not None:
            kept = dependencies.kept
            # An event that cannot be kept must not be taken from those who could keep it.
            if bus is not None and kept.has_database:
                await stack.enter_async_context(await kept.deliver_from(bus))
            await stack.enter_async_context(background(*kept.loops(ports.installs, ports.records, bus)))
        app = build_app(settings, dependencies)
        yield await stack.enter_async_context(listening(app, host=settings.host, port=settings.port))


def _storage_sweeps(
    settings: RunnerProxySettings, dependencies: Dependencies
) -> Iterator[Coroutine[Any, Any, None]]:
    """Give the loops that remove what extensions stored, where there is a database."""
    if dependencies.database is None:
        return
    sweeps = PostgresStorageSweeps(dependencies.database)
    yield sweep_storage_for_ever(
        sweeps=sweeps, clock=SystemClock(), every_seconds=settings.storage_sweep_interval_seconds
    )
    yield purge_storage_for_ever(
        sweeps=sweeps,
        installs=dependencies.ports.installs,
        records=dependencies.ports.records,
        clock=SystemClock(),
        grace=timedelta(days=settings.storage_grace_days),
        every_seconds=settings.storage_purge_interval_seconds,
    )


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run loops for the time of the block; one that crashes ends the block, and so the process."""
    async with asyncio.TaskGroup() as loops:
        tasks = [loops.create_task(one) for one in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _subscribe(
    stack: AsyncExitStack, bus: Bus, ports: ExecutionPorts, wish: Callable[[ContentHash], None]
) -> None:
    """Follow the three kinds of events; every attaching is followed by a rebuild from the listing."""
    rebuild = partial(rebuild_installs, installs=ports.installs, records=ports.records)

    async def rebuild_after_gap() -> None:
        await rebuild()

    versions = await bus.follow(
        bindings=[VERSIONS_PUBLISHED], handler=on_version_published(wish), name="runner-proxy-versions"
    )
    await stack.enter_async_context(versions)

    async def read_statuses() -> None:
        await ports.blocked.catch_up(ports.records.version_statuses)

    statuses = await bus.follow(
        bindings=[VERSIONS_STATUS],
        handler=on_version_status(blocked=ports.blocked, records=ports.records),
        name="runner-proxy-version-statuses",
        on_gap=read_statuses,
    )
    await stack.enter_async_context(statuses)
    installs = await bus.follow(
        bindings=[INSTALLS_CHANGED],
        handler=on_install_changed(installs=ports.installs, records=ports.records, wish=wish),
        name="runner-proxy-installs",
        on_gap=rebuild_after_gap,
    )
    await stack.enter_async_context(installs)


def _ignore(_content_hash: ContentHash) -> None:
    """Stand in for wishes where versions are made ready on demand only."""


def _pings(dependencies: Dependencies) -> dict[str, Ping]:
    """Say what must work for a call to be answered: the registry, and what runs it."""

    async def registry() -> str:
        """Tell of an outage; while it lasts, calls of installs we know are answered all the same."""
        if not dependencies.ports.installs.is_filled:
            raise ProjectionEmpty
        try:
            return await dependencies.registry.ping()
        except RegistryUnavailable:
            return "unreachable"

    async def proofs() -> str:
        return dependencies.ports.proofs.says()

    async def installs() -> str:
        return f"{len(dependencies.ports.installs)} known"

    return {
        "registry": registry,
        **dependencies.pings,
        "installs": installs,
        "log_verify": proofs,
        "debug_stream": _debug_stream_ping(dependencies),
        "database": _database_ping(dependencies),
    }


def _debug_stream_ping(dependencies: Dependencies) -> Ping:
    async def debug_stream() -> str:
        """Tell of an outage; calls are answered all the same."""
        return dependencies.debug_log.state

    return debug_stream


def _database_ping(dependencies: Dependencies) -> Ping:
    async def database() -> str:
        if dependencies.database is None:
            return "not configured"
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await dependencies.database.fetchval("SELECT 1")
        except (PostgresError, InterfaceError, OSError):
            # Calls that store nothing are answered all the same.
            return "unreachable"
        return "ok"

    return database
