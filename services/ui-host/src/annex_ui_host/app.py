"""The composition root of the ui-host: build everything, hand it over, close in reverse."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.bundle.limits import BundleLimits
from annex_shared.clock import SystemClock
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.health import health_routes
from annex_shared.http.metrics import ProofFindings, metrics_routes
from annex_shared.http.openapi_routes import openapi_routes
from annex_shared.http.server import ConnectionOf, build_web_app, listening
from annex_shared.messaging.port import Bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from annex_shared.messaging.topology import INSTALLS_CHANGED, VERSIONS_PUBLISHED, VERSIONS_STATUS
from annex_shared.service_tokens import ServiceTokenIssuer, load_service_key
from annex_shared.settings import InvalidSettings
from annex_shared.version_proofs import VersionProofs
from annex_ui_host.actions.catch_up_publications import catch_up_publications
from annex_ui_host.actions.code_trees import TreeCoder
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.find_publication import PublicationLookups
from annex_ui_host.actions.follow_up import FollowUp
from annex_ui_host.actions.open_tree import Trees
from annex_ui_host.actions.purge_blocked import purge_blocked
from annex_ui_host.actions.refresh_installs import refresh_installs
from annex_ui_host.actions.refresh_stops import refresh_stops
from annex_ui_host.actions.require_install import InstallRefreshes
from annex_ui_host.actions.show_on_disk import ShowOnDisk
from annex_ui_host.adapters.bundles import RegistryBundles
from annex_ui_host.adapters.compression import compressed
from annex_ui_host.adapters.gateway import HttpGateway
from annex_ui_host.adapters.registry import HttpRegistry
from annex_ui_host.adapters.tree_directory import TreeDirectory
from annex_ui_host.api.dependencies import DEPENDENCIES, Dependencies
from annex_ui_host.api.local_only import refuse_foreign
from annex_ui_host.api.problems import PROBLEMS
from annex_ui_host.api.response_headers import add_fixed_headers
from annex_ui_host.api.routes import ROUTES
from annex_ui_host.api.served import Served, ServedMetrics
from annex_ui_host.api.short_way import ShortWay, ShortWayHandler
from annex_ui_host.consumers.install_changed import install_changed_consumer
from annex_ui_host.consumers.version_published import version_published_consumer
from annex_ui_host.consumers.version_status import version_status_consumer
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.page_policy import PagePolicy, PublicOrigin
from annex_ui_host.domain.ports import Bundles, Registry
from annex_ui_host.domain.publications import Publications
from annex_ui_host.domain.recently_asked import RecentlyAsked, Seconds
from annex_ui_host.domain.single_flight import SingleFlight
from annex_ui_host.domain.stops import Stops
from annex_ui_host.domain.tree_cache import TreeCache
from annex_ui_host.loops.repair import keep_repaired
from annex_ui_host.settings import UiHostSettings

SERVICE = UiHostSettings.service

log = structlog.get_logger()

# A hash the registry just called unknown is not asked about again for so long.
_UNKNOWN_HASH_SECONDS = 5
_UNKNOWN_HASHES = 10_000
_LOOKUPS_AT_ONCE = 64
_LOOKUP_WAIT_SECONDS = 15
_REFRESH_INTERVAL_SECONDS = 1
# Unpacking follows fetching, in the same wait.
_INDEX_SECONDS = 30
# Different bundles waiting for a fetch slot, besides those being fetched.
_FETCHES_AT_ONCE = 32


def build_app(dependencies: Dependencies) -> web.Application:
    """Assemble the application; a test passes dependencies of its own."""
    shelf, served = dependencies.shelf, dependencies.served

    async def projections() -> str:
        if not shelf.publications.is_filled or shelf.installs.as_of is None:
            raise ProjectionsEmpty
        return f"versions to serial {shelf.publications.serial}, installs as of {shelf.installs.as_of}"

    async def proofs() -> str:
        return shelf.proofs.says()

    app = build_web_app(
        SERVICE,
        routes=[
            *ROUTES,
            *health_routes({"projections": projections, "log_verify": proofs}),
            *metrics_routes(
                ProofFindings(shelf.proofs),
                ServedMetrics(served, shelf, more={"stops_age_seconds": lambda: shelf.stops.age_seconds}),
            ),
            *openapi_routes("annex_ui_host.api"),
        ],
        problems=PROBLEMS,
        middlewares=[refuse_foreign],
    )
    app[DEPENDENCIES] = dependencies
    app.on_response_prepare.extend([add_fixed_headers, served.count_refusal])
    return app


class ProjectionsEmpty(Exception):
    """Nothing has been read from the registry since the start."""


@asynccontextmanager
async def running(settings: UiHostSettings, *, bus: Bus | None = None) -> AsyncIterator[int]:
    """Run the service inside the block and yield its port.

    It starts without the registry and the bus too, and says in /readyz when it knows enough to be asked.
    Later outages do not make it unready: what it knows and holds it goes on showing.
    """
    async with AsyncExitStack() as stack:
        origin = PublicOrigin(settings.public_origin or "")
        client, gateway = await _peers(settings, stack)
        shelf = await _shelf(settings, client, stack)
        follow_up = await _follow_up(settings, shelf, stack)
        repairs = _repairs(settings, shelf, follow_up)
        loops = await stack.enter_async_context(asyncio.TaskGroup())
        if gateway is not None:
            repairs["stops"] = (_stops_repair(gateway, shelf, follow_up), settings.stops_interval_seconds)
        for name, (repair, interval_seconds) in repairs.items():
            loop = loops.create_task(
                keep_repaired(name, repair, interval_seconds=interval_seconds), name=name
            )
            loop.add_done_callback(_log_crash)
            stack.callback(loop.cancel)
        if bus is None and settings.bus_url is not None:
            bus = await stack.enter_async_context(
                rabbitmq_bus(settings.bus_url.get_secret_value(), app_id=SERVICE)
            )
        if bus is not None:
            await _follow(bus, shelf, repairs, follow_up, stack)
        policy = PagePolicy(origin, settings.frame_ancestors)
        served = Served(codes=frozenset(problem.code for problem in PROBLEMS.values()))
        dependencies = Dependencies(shelf, policy, is_local_only=settings.local_only, served=served)
        port = await stack.enter_async_context(
            listening(
                build_app(dependencies),
                host=settings.host,
                port=settings.port,
                keepalive_seconds=settings.keepalive_seconds,
                connection=_connection(settings, dependencies),
            )
        )
        origin.text = origin.text or f"http://localhost:{port}"
        yield port


Repair = Callable[[], Awaitable[None]]


def _connection(settings: UiHostSettings, dependencies: Dependencies) -> ConnectionOf | None:
    """Put the short way in front where it is asked for; it looks at no Host and no Origin."""
    if not settings.fast_path or settings.local_only:
        return None
    return partial(ShortWayHandler, ShortWay(dependencies))


def _repairs(settings: UiHostSettings, shelf: Shelf, follow_up: FollowUp) -> dict[str, tuple[Repair, float]]:
    """Name what keeps each projection right, and how often that is done."""

    async def statuses() -> None:
        await shelf.blocked.catch_up(shelf.registry.version_statuses)
        purge_blocked(shelf=shelf)
        await follow_up.reconcile()

    interval = settings.repair_interval_seconds
    return {
        "versions": (
            partial(catch_up_publications, publications=shelf.publications, registry=shelf.registry),
            interval,
        ),
        "version-statuses": (statuses, interval),
        "installs": (partial(refresh_installs, installs=shelf.installs, registry=shelf.registry), interval),
    }


def _log_crash(loop: asyncio.Task[None]) -> None:
    """Say why the process is about to end: the task group takes everything else down."""
    if not loop.cancelled() and (error := loop.exception()) is not None:
        log.error("loop_crashed", loop=loop.get_name(), error_type=type(error).__name__, exc_info=error)


async def _peers(settings: UiHostSettings, stack: AsyncExitStack) -> tuple[ServiceClient, HttpGateway | None]:
    """Open the way to the registry, and to the gateway if there is one to ask."""
    session = await stack.enter_async_context(client_session())
    tokens = ServiceTokenIssuer(SERVICE, _service_key(settings.service_key_file), SystemClock())
    registry = ServiceClient(session, settings.registry_url.rstrip("/"), "registry", tokens)
    if settings.gateway_url is None:
        return registry, None
    return registry, HttpGateway(ServiceClient(session, settings.gateway_url.rstrip("/"), "gateway", tokens))


async def _shelf(settings: UiHostSettings, client: ServiceClient, stack: AsyncExitStack) -> Shelf:
    policy = settings.log_policy()
    bundles = RegistryBundles(
        client,
        threads=stack.enter_context(
            ThreadPoolExecutor(settings.concurrent_fetches, thread_name_prefix="bundle")
        ),
        concurrent_fetches=settings.concurrent_fetches,
        fetch_timeout_seconds=settings.fetch_timeout_seconds,
        max_ui_bytes=settings.max_ui_bytes,
        limits=BundleLimits(),
    )
    registry = HttpRegistry(client)
    proofs = VersionProofs(
        settings.log_verify, policy, registry.proof, wait_seconds=settings.log_verify_wait_seconds
    )
    stack.push_async_callback(proofs.close)
    shelf = build_shelf(
        registry,
        bundles,
        max_cached_bytes=settings.max_cached_bytes,
        fetch_wait_seconds=settings.fetch_timeout_seconds + _INDEX_SECONDS,
        proofs=proofs,
        stops=Stops(
            time.monotonic, settings.stops_max_age_seconds, is_followed=settings.gateway_url is not None
        ),
    )
    for flight in (shelf.lookups.flight, shelf.refreshes.flight, shelf.trees.flight):
        stack.push_async_callback(flight.close)
    return shelf


async def _follow_up(settings: UiHostSettings, shelf: Shelf, stack: AsyncExitStack) -> FollowUp:
    """Set up what is done with trees besides showing them; each step has one thread of its own."""
    on_disk: ShowOnDisk | None = None
    loop = asyncio.get_running_loop()
    if settings.tree_directory is not None:
        folder = TreeDirectory(settings.tree_directory, max_bytes=settings.max_tree_directory_bytes)
        writer = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="tree-directory"))
        await loop.run_in_executor(writer, folder.prepare)
        on_disk = ShowOnDisk(shelf, folder, partial(loop.run_in_executor, writer))
    coder: TreeCoder | None = None
    if settings.precompress:
        threads = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="compress"))
        coder = TreeCoder(
            shelf.trees.cache,
            lambda body: loop.run_in_executor(threads, compressed, body),
            max_bytes=settings.max_cached_bytes,
        )
        stack.push_async_callback(coder.close)
    follow_up = FollowUp(shelf, coder, on_disk, wants_prefetch=settings.prefetch)
    stack.push_async_callback(follow_up.close)
    shelf.trees.loaded = follow_up.loaded
    if coder is not None:
        coder.done = follow_up.coded
    return follow_up


def _stops_repair(gateway: HttpGateway, shelf: Shelf, follow_up: FollowUp) -> Repair:
    """Make what reads from the gateway what is stopped."""

    async def stops() -> None:
        await refresh_stops(stops=shelf.stops, gateway=gateway)
        await follow_up.reconcile()

    return stops


def build_shelf(
    registry: Registry,
    bundles: Bundles,
    *,
    max_cached_bytes: int,
    fetch_wait_seconds: float,
    proofs: VersionProofs | None = None,
    stops: Stops | None = None,
    monotonic: Seconds = time.monotonic,
) -> Shelf:
    """Put empty projections and caches around the two ports."""
    return Shelf(
        registry=registry,
        bundles=bundles,
        publications=Publications(),
        lookups=PublicationLookups(
            SingleFlight(capacity=_LOOKUPS_AT_ONCE, wait_seconds=_LOOKUP_WAIT_SECONDS),
            RecentlyAsked(keep_seconds=_UNKNOWN_HASH_SECONDS, capacity=_UNKNOWN_HASHES, monotonic=monotonic),
        ),
        installs=Installs(),
        refreshes=InstallRefreshes(
            SingleFlight(capacity=1, wait_seconds=_LOOKUP_WAIT_SECONDS),
            RecentlyAsked(keep_seconds=_REFRESH_INTERVAL_SECONDS, capacity=1, monotonic=monotonic),
        ),
        trees=Trees(
            TreeCache(max_bytes=max_cached_bytes),
            SingleFlight(capacity=_FETCHES_AT_ONCE, wait_seconds=fetch_wait_seconds),
        ),
        proofs=proofs or VersionProofs.off(),
        stops=stops or Stops.of_nobody(),
    )


async def _follow(
    bus: Bus,
    shelf: Shelf,
    repairs: Mapping[str, tuple[Repair, float]],
    follow_up: FollowUp,
    stack: AsyncExitStack,
) -> None:
    catch_up = repairs["version-statuses"][0]
    consumers = {
        "versions": (
            VERSIONS_PUBLISHED,
            version_published_consumer(
                publications=shelf.publications, registry=shelf.registry, prefetch=follow_up.prefetch
            ),
        ),
        "version-statuses": (
            VERSIONS_STATUS,
            version_status_consumer(blocked=shelf.blocked, catch_up=catch_up),
        ),
        "installs": (
            INSTALLS_CHANGED,
            install_changed_consumer(installs=shelf.installs, registry=shelf.registry),
        ),
    }
    for name, (binding, handler) in consumers.items():
        following = await bus.follow(
            bindings=[binding], handler=handler, name=f"ui-host-{name}", on_gap=repairs[name][0]
        )
        await stack.enter_async_context(following)


def _service_key(path: Path) -> Ed25519PrivateKey:
    try:
        return load_service_key(path.read_bytes())
    except OSError as error:
        raise InvalidSettings(f"SERVICE_KEY_FILE cannot be read: {error.strerror}.") from None
