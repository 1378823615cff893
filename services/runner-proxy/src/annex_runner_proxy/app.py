"""The composition root: opens everything runner-proxy needs, in order, and closes it in reverse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.actions.follow_installs import rebuild_installs
from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.context import context_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.actions.host.user import user_functions
from annex_runner_proxy.actions.require_proof import require_proof_of_bundle
from annex_runner_proxy.adapters.bundle_source import BundleSource
from annex_runner_proxy.adapters.cache_root import (
    load_mac_key,
    open_cache_root,
    open_folder,
    remove_other_engines,
)
from annex_runner_proxy.adapters.module_files import ModuleFiles
from annex_runner_proxy.adapters.modules import CompilePolicy, ModuleCache
from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.registry import Registry
from annex_runner_proxy.adapters.sealed_secrets import SealedSecretsOpener
from annex_runner_proxy.adapters.worker_pool import PoolPolicy, WorkerPool, worker_pool
from annex_runner_proxy.adapters.worker_process import WorkerFacts, WorkerProcess
from annex_runner_proxy.api.execute import execute_handler
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.api.schedules import PORTS, schedule_routes
from annex_runner_proxy.consumers.install_changed import on_install_changed
from annex_runner_proxy.consumers.version_published import on_version_published
from annex_runner_proxy.consumers.version_status import on_version_status
from annex_runner_proxy.domain.dispatches import RetryPolicy
from annex_runner_proxy.domain.errors import IsolationTooWeak, RegistryUnavailable
from annex_runner_proxy.domain.host_call import HostApi
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import Secrets
from annex_runner_proxy.keeping import Kept, Terms, open_kept
from annex_runner_proxy.loops.prewarm import Prewarming
from annex_runner_proxy.loops.repair_installs import repair_installs
from annex_runner_proxy.sandbox.isolation import IsolationLevel
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.bundle import BundleLimits
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.health import Ping, health_routes
from annex_shared.http.openapi_routes import openapi_routes
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import service_auth_middleware
from annex_shared.http.vault_transit import vault_transit
from annex_shared.messaging.port import Bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from annex_shared.messaging.topology import INSTALLS_CHANGED, VERSIONS_PUBLISHED, VERSIONS_STATUS
from annex_shared.postgres.pool import open_pool
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.secret_sealing import KeyringSealer, SealerChain, SecretSealer
from annex_shared.service_tokens import (
    ServiceTokenIssuer,
    ServiceTokenVerifier,
    load_peer_keys,
    load_service_key,
)
from annex_shared.settings import InvalidSettings
from annex_shared.version_proofs import VersionProofs

SERVICE = RunnerProxySettings.service
# Base64 and the JSON around the body: a third more, and room for headers.
_ENVELOPE_BYTES = 512 * 1024
_PING_SECONDS = 2

log = structlog.get_logger()


class CacheNotWritable(Exception):
    """Nothing new can be compiled."""


class NoWorkers(Exception):
    """No sandbox process is alive."""


class ProjectionEmpty(Exception):
    """Installs have not been read from the registry since the start."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the routes, consumers and loops share."""

    ports: ExecutionPorts
    registry: Registry
    modules: ModuleCache
    files: ModuleFiles
    pool: WorkerPool
    facts: WorkerFacts
    verifier: ServiceTokenVerifier
    database: asyncpg.Pool | None = None
    kept: Kept | None = None


@asynccontextmanager
async def real_dependencies(settings: RunnerProxySettings) -> AsyncIterator[Dependencies]:
    """Open the cache, the workers and the registry client. Raises IsolationTooWeak or CacheRootUnsafe."""
    policy = settings.log_policy()
    async with AsyncExitStack() as stack:
        root = open_cache_root(settings.cache_root)
        modules_folder = open_folder(root, "modules")
        pool = await stack.enter_async_context(_workers(settings, modules_folder))
        facts = await pool.add_first()
        require_isolation(facts, allow_weak=settings.allow_weak_isolation)
        pool.fill()
        database = await stack.enter_async_context(_database(settings))
        tokens = _tokens(settings)
        session = await stack.enter_async_context(client_session())
        registry = Registry(ServiceClient(session, settings.registry_url.rstrip("/"), "registry", tokens))
        kept = open_kept(_terms(settings), database, registry, ServiceClient(session, "", "gateway", tokens))
        remove_other_engines(modules_folder, facts.fingerprint)
        files = ModuleFiles(
            open_folder(modules_folder, facts.fingerprint),
            mac_key=load_mac_key(root),
            max_bytes=settings.cache_max_bytes,
        )
        proofs = VersionProofs(
            settings.log_verify, policy, registry.proof, wait_seconds=settings.log_verify_wait_seconds
        )
        stack.push_async_callback(proofs.close)
        modules = ModuleCache(
            files,
            BundleSource(registry, open_folder(root, "scratch"), BundleLimits()),
            fingerprint=facts.fingerprint,
            policy=CompilePolicy(settings.compile_at_once, settings.compile_timeout_seconds),
            admit=partial(_admit, registry=registry, proofs=proofs),
        )
        stack.push_async_callback(modules.close)
        yield Dependencies(
            ports=ExecutionPorts(
                installs=InstallTable(),
                records=registry,
                modules=modules,
                workers=pool,
                host_api={
                    **host_api(SealedSecretsOpener(await stack.enter_async_context(_sealer(settings)))),
                    **kept.host_functions(),
                },
                limits=_limits(settings),
                warm_wait_seconds=settings.warm_wait_seconds,
                proofs=proofs,
            ),
            registry=registry,
            modules=modules,
            files=files,
            pool=pool,
            facts=facts,
            verifier=ServiceTokenVerifier(SERVICE, load_peer_keys(settings.service_keys_file), SystemClock()),
            database=database,
            kept=kept,
        )


def host_api(secrets: Secrets) -> HostApi:
    """Put together what guests may ask for; an interface that is missing here is answered by no one."""
    return {
        **context_functions(),
        **config_functions(),
        **user_functions(),
        **secrets_functions(secrets),
    }


@asynccontextmanager
async def _database(settings: RunnerProxySettings) -> AsyncIterator[asyncpg.Pool | None]:
    """Open our schema, where there is one."""
    if settings.database_url is None:
        yield None
        return
    url = settings.database_url.get_secret_value()
    async with open_pool(url, application=SERVICE, schema=SCHEMA) as pool:
        yield pool


async def _admit(content_hash: ContentHash, *, registry: Registry, proofs: VersionProofs) -> None:
    """Let a bundle be compiled that is proven, or whose versions can be. Raises VersionNotProven."""
    if not proofs.is_proven(content_hash):
        await require_proof_of_bundle(content_hash, await registry.versions_of(content_hash), proofs=proofs)


def build_app(settings: RunnerProxySettings, dependencies: Dependencies) -> web.Application:
    """Assemble the HTTP application around open dependencies."""
    handler: Handler = execute_handler(
        dependencies.ports, max_request_bytes=settings.max_request_bytes, new_id=new_id
    )
    app = build_web_app(
        SERVICE,
        routes=[
            web.post("/v1/execute", handler),
            *schedule_routes(),
            *health_routes(_pings(dependencies)),
            *openapi_routes("annex_runner_proxy.api"),
        ],
        problems=PROBLEMS,
        middlewares=[service_auth_middleware(dependencies.verifier)],
        client_max_size=settings.max_request_bytes * 4 // 3 + _ENVELOPE_BYTES,
    )
    if dependencies.kept is not None:
        ports = dependencies.ports
        app[PORTS] = dependencies.kept.administration(ports.installs, ports.records)
    return app


@asynccontextmanager
async def running(settings: RunnerProxySettings, *, bus: Bus | None = None) -> AsyncIterator[int]:
    """Serve until the block ends and yield the port; ``bus`` is given by whoever hosts several services.

    What stops first is the listening: no call is accepted while workers go away.
    """
    async with AsyncExitStack() as stack:
        dependencies = await stack.enter_async_context(real_dependencies(settings))
        wishes = Prewarming()
        wish = wishes.wish if settings.prewarm else _ignore
        ports = dependencies.ports
        await stack.enter_async_context(
            background(
                wishes.run(dependencies.modules),
                repair_installs(
                    installs=ports.installs,
                    records=ports.records,
                    every_seconds=settings.repair_interval_seconds,
                    wish=wish,
                    blocked=ports.blocked,
                ),
            )
        )
        if bus is None and settings.bus_url is not None:
            url = settings.bus_url.get_secret_value()
            bus = await stack.enter_async_context(rabbitmq_bus(url, app_id=SERVICE))
        if bus is not None:
            await _subscribe(stack, bus, ports, wish)
        if dependencies.kept is not None:
            kept = dependencies.kept
            if bus is not None:
                await stack.enter_async_context(await kept.deliver_from(bus))
            await stack.enter_async_context(background(*kept.loops(ports.installs, ports.records, bus)))
        app = build_app(settings, dependencies)
        yield await stack.enter_async_context(listening(app, host=settings.host, port=settings.port))


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


def _workers(settings: RunnerProxySettings, modules_folder: Path) -> AbstractAsyncContextManager[WorkerPool]:
    policy = PoolPolicy(
        size=settings.worker_count(),
        spares=settings.spare_workers,
        max_waiting=settings.queue_max_waiting,
        max_wait_seconds=settings.queue_max_wait_seconds,
        calls_per_worker=settings.worker_max_calls,
        worker_age_seconds=settings.worker_max_age_seconds,
    )
    start = partial(
        WorkerProcess.start, module_root=str(modules_folder), data_bytes=settings.worker_data_bytes
    )
    return worker_pool(start, policy)


def require_isolation(facts: WorkerFacts, *, allow_weak: bool) -> None:
    """Raise IsolationTooWeak below level no-network, unless that was allowed by name."""
    log.info("isolation_reached", isolation=facts.isolation)
    if facts.level != IsolationLevel.NONE:
        return
    if not allow_weak:
        raise IsolationTooWeak(
            "Workers cannot be kept from the network on this machine: it takes no seccomp filter. "
            "Set ALLOW_WEAK_ISOLATION=1 to run extensions all the same, in development only."
        )
    log.warning("isolation_weak", advice="extensions can reach the network of this machine")


def _terms(settings: RunnerProxySettings) -> Terms:
    return Terms(
        gateway_url=settings.gateway_url,
        poll_seconds=settings.dispatch_poll_seconds,
        at_once=settings.dispatch_at_once,
        timeout_ms=settings.dispatch_timeout_ms,
        lease=timedelta(seconds=settings.dispatch_lease_seconds),
        keep=timedelta(days=settings.dispatch_keep_days),
        policy=RetryPolicy(
            schedule_attempts=settings.schedule_attempts,
            event_attempts=settings.delivery_attempts,
            first_wait=timedelta(seconds=settings.dispatch_first_wait_seconds),
            pause_after_failures=settings.schedule_pause_after,
        ),
    )


def _tokens(settings: RunnerProxySettings) -> ServiceTokenIssuer:
    key = load_service_key(_read(settings.service_key_file, "SERVICE_KEY_FILE"))
    return ServiceTokenIssuer(SERVICE, key, SystemClock())


@asynccontextmanager
async def _sealer(settings: RunnerProxySettings) -> AsyncIterator[SecretSealer | None]:
    """Open what opens secrets; an install may have some of either kind while a platform moves to Vault."""
    async with AsyncExitStack() as stack:
        sealers: list[SecretSealer] = []
        vault = settings.vault_address()
        if vault is not None:
            sealers.append(await stack.enter_async_context(vault_transit(vault)))
        if settings.secrets_key_file is not None:
            text = _read(settings.secrets_key_file, "SECRETS_KEY_FILE").decode("utf-8")
            sealers.append(KeyringSealer(SecretsKeyring.load(text)))
        yield SealerChain(tuple(sealers)) if sealers else None


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSettings(f"{setting} cannot be read: {error.strerror}.") from None


def _limits(settings: RunnerProxySettings) -> PlatformLimits:
    return PlatformLimits(
        default_timeout_ms=settings.default_timeout_ms,
        max_timeout_ms=settings.max_timeout_ms,
        default_memory_mb=settings.default_memory_mb,
        max_memory_mb=settings.max_memory_mb,
        response_bytes=settings.max_response_bytes,
        log_bytes=settings.max_log_bytes,
        host_calls=settings.max_host_calls,
    )


def _pings(dependencies: Dependencies) -> dict[str, Ping]:
    """Say what must work for a call to be answered: the registry, the cache, at least one worker."""

    async def cache() -> str:
        if not await asyncio.to_thread(dependencies.files.is_writable):
            raise CacheNotWritable
        return "writable"

    async def workers() -> str:
        alive = dependencies.pool.alive
        if alive == 0:
            raise NoWorkers
        return f"{alive} alive, isolation {dependencies.facts.level}"

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
        "cache": cache,
        "workers": workers,
        "installs": installs,
        "log_verify": proofs,
        "database": _database_ping(dependencies),
    }


def _database_ping(dependencies: Dependencies) -> Ping:
    async def database() -> str:
        if dependencies.database is None:
            return "not configured"
        async with asyncio.timeout(_PING_SECONDS):
            await dependencies.database.fetchval("SELECT 1")
        return "ok"

    return database
