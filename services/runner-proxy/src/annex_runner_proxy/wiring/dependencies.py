"""Opens what runner-proxy works with, in order; what was opened last is closed first."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import asyncpg

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.actions.host.metrics import metrics_functions
from annex_runner_proxy.actions.require_proof import require_proof_of_bundle
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.adapters.alga_runner import AlgaRunner
from annex_runner_proxy.adapters.bundle_source import BundleSource
from annex_runner_proxy.adapters.cache_root import (
    load_mac_key,
    open_cache_root,
    open_folder,
    remove_other_engines,
)
from annex_runner_proxy.adapters.debug_log import DebugLog
from annex_runner_proxy.adapters.dispatch_metrics import DispatchMetrics
from annex_runner_proxy.adapters.guest_metrics import GuestMetricsCollector
from annex_runner_proxy.adapters.limit_override_file import read_limit_overrides
from annex_runner_proxy.adapters.metrics import Metrics
from annex_runner_proxy.adapters.module_files import ModuleFiles
from annex_runner_proxy.adapters.modules import CompilePolicy, ModuleCache
from annex_runner_proxy.adapters.no_sandbox import NO_MODULES, NO_WORKERS
from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.registry import Registry
from annex_runner_proxy.adapters.remote_runner import RemoteRunnerProxy
from annex_runner_proxy.adapters.sealed_secrets import SealedSecretsOpener
from annex_runner_proxy.api.metrics import Reading
from annex_runner_proxy.domain.dispatches import RetryPolicy
from annex_runner_proxy.domain.guest_metrics import GuestMetrics
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import Modules
from annex_runner_proxy.settings import RunnerProxySettings
from annex_runner_proxy.wiring.debug import open_debug_log
from annex_runner_proxy.wiring.files import read_file
from annex_runner_proxy.wiring.host_api import (
    host_api,
    open_egress,
    open_host_application,
    open_sealer,
    storage_desk,
)
from annex_runner_proxy.wiring.keeping import Kept, Terms, open_kept
from annex_runner_proxy.wiring.sandbox import open_workers, require_isolation, sandbox_pings, sandbox_readings
from annex_shared.bundle import BundleLimits
from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.health import Ping
from annex_shared.postgres.pool import open_pool
from annex_shared.service_tokens import (
    ServiceTokenIssuer,
    ServiceTokenVerifier,
    load_peer_keys,
    load_service_key,
)
from annex_shared.version_proofs import VersionProofs

SERVICE = RunnerProxySettings.service
_CONNECTIONS_OF_LOOPS = 8


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
        debug_log = await stack.enter_async_context(open_debug_log(settings))
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
            storage=storage_desk(settings, None),
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
        debug_log = await stack.enter_async_context(open_debug_log(settings))
        pool = await stack.enter_async_context(open_workers(settings, modules_folder, metrics))
        facts = await pool.add_first()
        require_isolation(facts, allow_weak=settings.allow_weak_isolation)
        metrics.isolation.labels(facts.level).set(1)
        pool.fill()
        database = await stack.enter_async_context(_database(settings))
        storage = storage_desk(settings, database)
        tokens = _tokens(settings)
        session = await stack.enter_async_context(client_session())
        registry = Registry(ServiceClient(session, settings.registry_url.rstrip("/"), "registry", tokens))
        kept = open_kept(
            _terms(settings),
            database,
            registry,
            ServiceClient(session, "", "gateway", tokens),
            meter=DispatchMetrics(metrics.registry),
        )
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
        secrets = SealedSecretsOpener(await stack.enter_async_context(open_sealer(settings)))
        egress = await stack.enter_async_context(open_egress(settings, secrets))
        host_application = await stack.enter_async_context(open_host_application(settings, secrets))
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
            pings=sandbox_pings(files, pool, facts),
            readings=sandbox_readings(pool, files),
            cache_is_writable=files.is_writable,
            verifier=ServiceTokenVerifier(SERVICE, load_peer_keys(settings.service_keys_file), SystemClock()),
            storage=storage,
            debug_log=debug_log,
            metrics=metrics,
            database=database,
            kept=kept,
        )


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
    key = load_service_key(read_file(settings.service_key_file, "SERVICE_KEY_FILE"))
    return ServiceTokenIssuer(SERVICE, key, SystemClock())


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
