"""The composition root: opens everything runner-proxy needs, in order, and closes it in reverse."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from asyncpg.exceptions import InterfaceError, PostgresError
from pydantic import SecretStr

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.actions.follow_installs import rebuild_installs
from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.context import context_functions
from annex_runner_proxy.actions.host.host_application import HostApplicationAccess, host_application_functions
from annex_runner_proxy.actions.host.http import Egress, http_functions
from annex_runner_proxy.actions.host.metrics import metrics_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.actions.host.storage import storage_functions
from annex_runner_proxy.actions.host.storage_v2 import storage_v2_functions
from annex_runner_proxy.actions.host.ui_proxy import UiProxy, ui_proxy_functions
from annex_runner_proxy.actions.host.user import user_functions
from annex_runner_proxy.actions.require_proof import require_proof_of_bundle
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.actions.warm_up import WarmUpPorts
from annex_runner_proxy.adapters.alga_runner import AlgaRunner
from annex_runner_proxy.adapters.bundle_source import BundleSource
from annex_runner_proxy.adapters.cache_root import (
    load_mac_key,
    open_cache_root,
    open_folder,
    remove_other_engines,
)
from annex_runner_proxy.adapters.debug_log import DebugLog, DebugPolicy
from annex_runner_proxy.adapters.guest_metrics import GuestMetricsCollector
from annex_runner_proxy.adapters.host_application_http import HostApplicationHttp, to_document
from annex_runner_proxy.adapters.limit_override_file import read_limit_overrides
from annex_runner_proxy.adapters.metrics import Metrics
from annex_runner_proxy.adapters.module_files import ModuleFiles
from annex_runner_proxy.adapters.modules import CompilePolicy, ModuleCache
from annex_runner_proxy.adapters.name_lookup import system_resolver
from annex_runner_proxy.adapters.no_sandbox import NO_MODULES, NO_WORKERS
from annex_runner_proxy.adapters.outgoing_http import OutgoingHttp, tls_context
from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.postgres.storage import PostgresStorage
from annex_runner_proxy.adapters.postgres.storage_sweeps import PostgresStorageSweeps
from annex_runner_proxy.adapters.redis_debug_stream import (
    RedisDebugStream,
    StreamPolicy,
    redis_debug_stream,
)
from annex_runner_proxy.adapters.registry import Registry
from annex_runner_proxy.adapters.remote_runner import RemoteRunnerProxy
from annex_runner_proxy.adapters.sealed_secrets import SealedSecretsOpener
from annex_runner_proxy.adapters.worker_pool import PoolMeter, PoolPolicy, WorkerPool, worker_pool
from annex_runner_proxy.adapters.worker_process import WorkerFacts, WorkerProcess
from annex_runner_proxy.api.callers import callers_middleware
from annex_runner_proxy.api.debug_lines import debug_lines_handler
from annex_runner_proxy.api.execute import execute_handler
from annex_runner_proxy.api.healthz import healthz_handler
from annex_runner_proxy.api.limits import limits_handler
from annex_runner_proxy.api.metrics import Reading, metrics_routes
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.api.schedules import PORTS, schedule_routes
from annex_runner_proxy.api.storage import storage_usage_handler
from annex_runner_proxy.api.warm_up import warm_up_handler
from annex_runner_proxy.consumers.install_changed import on_install_changed
from annex_runner_proxy.consumers.version_published import on_version_published
from annex_runner_proxy.consumers.version_status import on_version_status
from annex_runner_proxy.domain.debug_rings import DebugRings
from annex_runner_proxy.domain.dispatches import RetryPolicy
from annex_runner_proxy.domain.errors import IsolationTooWeak, RegistryUnavailable
from annex_runner_proxy.domain.guest_metrics import GuestMetrics
from annex_runner_proxy.domain.host_call import HostApi
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import Modules, Secrets
from annex_runner_proxy.domain.storage_rate import StorageRate, StorageRates
from annex_runner_proxy.keeping import Kept, Terms, open_kept
from annex_runner_proxy.loops.prewarm import Prewarming
from annex_runner_proxy.loops.repair_installs import repair_installs
from annex_runner_proxy.loops.sweep_storage import purge_storage_for_ever, sweep_storage_for_ever
from annex_runner_proxy.sandbox.isolation import IsolationLevel
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.bundle import BundleLimits
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.health import Ping, health_routes
from annex_shared.http.metrics import ProofFindings
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
_CONNECTIONS_OF_LOOPS = 8

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
    modules: Modules
    # What answers calls besides the registry: the cache and the workers, or the remote runner.
    pings: dict[str, Ping]
    readings: tuple[Reading, ...]
    cache_is_writable: Callable[[], bool]
    verifier: ServiceTokenVerifier
    storage: StorageDesk
    debug_log: DebugLog
    metrics: Metrics
    database: asyncpg.Pool | None = None
    kept: Kept | None = None


@asynccontextmanager
async def real_dependencies(settings: RunnerProxySettings) -> AsyncIterator[Dependencies]:
    """Open what executions need, here or elsewhere. Raises IsolationTooWeak or CacheRootUnsafe."""
    opened = remote_dependencies if settings.runner_mode == "remote" else local_dependencies
    async with opened(settings) as dependencies:
        yield dependencies


@asynccontextmanager
async def remote_dependencies(settings: RunnerProxySettings) -> AsyncIterator[Dependencies]:
    """Open the registry client and the way to the remote runner; no worker, no cache, no secret."""
    policy = settings.log_policy()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(client_session())
        client = ServiceClient(session, settings.registry_url.rstrip("/"), "registry", _tokens(settings))
        registry = Registry(client)
        proofs = VersionProofs(
            settings.log_verify, policy, registry.proof, wait_seconds=settings.log_verify_wait_seconds
        )
        stack.push_async_callback(proofs.close)
        runner = _remote_runner(settings, client)
        limits, metrics = _limits(settings), Metrics()
        debug_log = await stack.enter_async_context(_debug_log(settings))
        yield Dependencies(
            ports=ExecutionPorts(
                installs=InstallTable(),
                records=registry,
                modules=NO_MODULES,
                workers=NO_WORKERS,
                host_api={},
                limits=limits,
                overrides=read_limit_overrides(settings.limit_overrides_file, limits),
                warm_wait_seconds=settings.warm_wait_seconds,
                proofs=proofs,
                guest_log=debug_log,
                accounts=metrics,
                remote=runner,
            ),
            registry=registry,
            modules=NO_MODULES,
            pings={"remote_runner": runner.ping},
            readings=(),
            cache_is_writable=lambda: True,
            verifier=ServiceTokenVerifier(SERVICE, load_peer_keys(settings.service_keys_file), SystemClock()),
            storage=_storage(settings, None),
            debug_log=debug_log,
            metrics=metrics,
        )


def _remote_runner(settings: RunnerProxySettings, registry: ServiceClient) -> RemoteRunnerProxy | AlgaRunner:
    base_url = (settings.remote_runner_url or "").rstrip("/")
    if settings.remote_runner_dialect == "alga":
        return AlgaRunner(registry.session, base_url, settings.remote_runner_token)
    return RemoteRunnerProxy(replace(registry, base_url=base_url, audience=SERVICE))


@asynccontextmanager
async def local_dependencies(settings: RunnerProxySettings) -> AsyncIterator[Dependencies]:
    """Open the cache, the workers and the registry client. Raises IsolationTooWeak or CacheRootUnsafe."""
    policy = settings.log_policy()
    limits = _limits(settings)
    overrides = read_limit_overrides(settings.limit_overrides_file, limits)
    async with AsyncExitStack() as stack:
        root = open_cache_root(settings.cache_root)
        modules_folder = open_folder(root, "modules")
        metrics = Metrics()
        debug_log = await stack.enter_async_context(_debug_log(settings))
        pool = await stack.enter_async_context(_workers(settings, modules_folder, metrics))
        facts = await pool.add_first()
        require_isolation(facts, allow_weak=settings.allow_weak_isolation)
        metrics.isolation.labels(facts.level).set(1)
        pool.fill()
        database = await stack.enter_async_context(_database(settings))
        storage = _storage(settings, database)
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
        secrets = SealedSecretsOpener(await stack.enter_async_context(_sealer(settings)))
        egress = await stack.enter_async_context(_egress(settings, secrets))
        host_application = await stack.enter_async_context(_host_application(settings, secrets))
        guest_metrics = GuestMetrics()
        metrics.registry.register(GuestMetricsCollector(guest_metrics))
        modules = ModuleCache(
            files,
            BundleSource(registry, open_folder(root, "scratch"), BundleLimits()),
            fingerprint=facts.fingerprint,
            policy=CompilePolicy(settings.compile_at_once, settings.compile_timeout_seconds),
            admit=partial(_admit, registry=registry, proofs=proofs),
            on_compiled=metrics.compiled,
        )
        stack.push_async_callback(modules.close)
        yield Dependencies(
            ports=ExecutionPorts(
                installs=InstallTable(),
                records=registry,
                modules=modules,
                workers=pool,
                host_api={
                    **host_api(secrets, storage, egress=egress),
                    **metrics_functions(guest_metrics),
                    **host_application,
                    **kept.host_functions(),
                },
                limits=limits,
                overrides=overrides,
                warm_wait_seconds=settings.warm_wait_seconds,
                proofs=proofs,
                guest_log=debug_log,
                accounts=metrics,
            ),
            registry=registry,
            modules=modules,
            pings=_local_pings(files, pool, facts),
            readings=_sandbox_readings(pool, files),
            cache_is_writable=files.is_writable,
            verifier=ServiceTokenVerifier(SERVICE, load_peer_keys(settings.service_keys_file), SystemClock()),
            storage=storage,
            debug_log=debug_log,
            metrics=metrics,
            database=database,
            kept=kept,
        )


@asynccontextmanager
async def _debug_log(settings: RunnerProxySettings) -> AsyncIterator[DebugLog]:
    """Open where guests' lines go; Redis may be away, or not be there at all."""
    async with AsyncExitStack() as stack:
        stream: RedisDebugStream | None = None
        if settings.redis_url is not None:
            policy = StreamPolicy(
                settings.debug_stream_prefix,
                settings.debug_stream_max_lines,
                settings.debug_stream_kept_seconds,
            )
            url = settings.redis_url.get_secret_value()
            stream = await stack.enter_async_context(redis_debug_stream(url, policy))
        yield DebugLog(
            stream,
            writer=new_id().hex[-12:],
            clock=SystemClock(),
            policy=DebugPolicy(line_bytes=settings.debug_line_max_bytes),
            rings=DebugRings(max_bytes=settings.debug_ring_max_bytes),
        )


def host_api(secrets: Secrets, storage: StorageDesk, *, egress: Egress) -> HostApi:
    """Put together what guests may ask for; an interface that is missing here is answered by no one."""
    return {
        **context_functions(),
        **config_functions(),
        **user_functions(),
        **secrets_functions(secrets),
        **storage_functions(storage),
        **storage_v2_functions(storage),
        **http_functions(egress),
    }


def _storage(settings: RunnerProxySettings, database: asyncpg.Pool | None) -> StorageDesk:
    reads = StorageRate(settings.storage_reads_per_minute, settings.storage_reads_burst)
    writes = StorageRate(settings.storage_writes_per_minute, settings.storage_writes_burst)
    return StorageDesk(
        None if database is None else PostgresStorage(database),
        reads=StorageRates(reads, time.monotonic),
        writes=StorageRates(writes, time.monotonic),
        timeout_seconds=settings.storage_timeout_seconds,
    )


@asynccontextmanager
async def _egress(settings: RunnerProxySettings, secrets: Secrets) -> AsyncIterator[Egress]:
    """Open the way out for requests of guests. Raises InvalidSettings."""
    policy = settings.egress_policy()
    if policy.private_hosts:
        log.warning(
            "private_egress_allowed",
            hosts=sorted(policy.private_hosts),
            advice="extensions whose manifest and tenant allow these hosts reach networks of this platform",
        )
    try:
        tls = await asyncio.to_thread(tls_context, settings.egress_ca_file)
    except OSError as error:
        raise InvalidSettings(f"EGRESS_CA_FILE cannot be used: {error.strerror or error}.") from None
    async with system_resolver() as resolver:
        yield Egress(
            resolver=resolver,
            sender=OutgoingHttp(tls),
            secrets=secrets,
            policy=policy,
            request_seconds=settings.egress_timeout_ms / 1000,
            max_redirects=settings.egress_max_redirects,
        )


@asynccontextmanager
async def _host_application(settings: RunnerProxySettings, secrets: Secrets) -> AsyncIterator[HostApi]:
    """Offer what the host application answers; without one its functions deny."""

    def reached(url: str | None) -> HostApplicationHttp | None:
        return None if url is None else HostApplicationHttp(session, url.rstrip("/").removesuffix("/api"))

    def shown(secret: SecretStr | None) -> str | None:
        return None if secret is None else secret.get_secret_value()

    async with client_session() as session:
        yield {
            **ui_proxy_functions(
                UiProxy(
                    reached(settings.ui_proxy_base_url),
                    secrets,
                    settings.ui_proxy_timeout_ms / 1000,
                    shown(settings.ui_proxy_auth_key),
                )
            ),
            **host_application_functions(
                HostApplicationAccess(
                    reached(settings.host_application_url),
                    to_document,
                    shown(settings.host_application_token),
                    settings.host_application_timeout_ms / 1000,
                )
            ),
        }


@asynccontextmanager
async def _database(settings: RunnerProxySettings) -> AsyncIterator[asyncpg.Pool | None]:
    """Open our schema, where there is one."""
    if settings.database_url is None:
        yield None
        return
    url = settings.database_url.get_secret_value()
    # A call waits for one connection at most, so no install can keep them from the others.
    size = settings.worker_count() + _CONNECTIONS_OF_LOOPS
    async with open_pool(url, application=SERVICE, schema=SCHEMA, max_size=size) as pool:
        yield pool


async def _admit(content_hash: ContentHash, *, registry: Registry, proofs: VersionProofs) -> None:
    """Let a bundle be compiled that is proven, or whose versions can be. Raises VersionNotProven."""
    if not proofs.is_proven(content_hash):
        await require_proof_of_bundle(content_hash, await registry.versions_of(content_hash), proofs=proofs)


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
                (*dependencies.readings, *_debug_readings(dependencies.debug_log)),
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
            if bus is not None:
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


def _workers(
    settings: RunnerProxySettings, modules_folder: Path, meter: PoolMeter
) -> AbstractAsyncContextManager[WorkerPool]:
    policy = PoolPolicy(
        size=settings.worker_count(),
        spares=settings.spare_workers,
        max_waiting=settings.queue_max_waiting,
        max_wait_seconds=settings.queue_max_wait_seconds,
        calls_per_worker=settings.worker_max_calls,
        worker_age_seconds=settings.worker_max_age_seconds,
        worker_resident_bytes=settings.worker_max_resident_bytes,
    )
    start = partial(
        WorkerProcess.start,
        module_root=str(modules_folder),
        data_bytes=settings.worker_data_bytes,
        allocator=settings.engine_allocator,
    )
    return worker_pool(start, policy, meter=meter)


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
        default_cpu_ms=settings.default_cpu_ms,
        max_cpu_ms=settings.max_cpu_ms,
        max_fuel=settings.max_fuel,
        table_elements=settings.max_table_elements,
        subrequests=settings.max_subrequests,
        subrequests_at_once=settings.max_subrequests_at_once,
        subrequest_bytes=settings.max_subrequest_bytes,
        egress_bytes=settings.max_egress_bytes,
        request_bytes=settings.max_request_bytes,
    )


def _sandbox_readings(pool: WorkerPool, files: ModuleFiles) -> tuple[Reading, ...]:
    return (
        Reading("annex_runner_workers_alive", "Worker processes, spares included.", lambda: pool.alive),
        Reading("annex_runner_workers_busy", "Workers that run a call now.", lambda: pool.busy),
        Reading("annex_runner_queue_length", "Calls that wait for a worker now.", lambda: pool.waiting),
        Reading("annex_runner_cache_bytes", "Size of the compiled modules on disk.", files.size_bytes),
        Reading(
            "annex_runner_cache_evictions",
            "Modules removed to keep the cache within its bound.",
            lambda: files.evicted,
            is_counter=True,
        ),
    )


def _debug_readings(debug_log: DebugLog) -> tuple[Reading, ...]:
    return (
        Reading(
            "annex_runner_debug_lines_dropped",
            "Debug lines that never reached Redis.",
            lambda: debug_log.queue.dropped,
            is_counter=True,
        ),
        Reading(
            "annex_runner_debug_stream_connected",
            "1 if the last batch of debug lines reached Redis.",
            lambda: debug_log.state == "connected",
        ),
    )


def _local_pings(files: ModuleFiles, pool: WorkerPool, facts: WorkerFacts) -> dict[str, Ping]:
    """Say what must work for a call to be run here: the cache, at least one worker."""

    async def cache() -> str:
        if not await asyncio.to_thread(files.is_writable):
            raise CacheNotWritable
        return "writable"

    async def workers() -> str:
        alive = pool.alive
        if alive == 0:
            raise NoWorkers
        return f"{alive} alive, isolation {facts.level}"

    return {"cache": cache, "workers": workers}


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
