"""The gateway put together, read from top to bottom."""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import asyncpg
import structlog
from aiohttp import web

from annex_gateway.actions import administer
from annex_gateway.actions.administer import Minting, TenantAndKey
from annex_gateway.actions.administer_controls import ControlsDesk
from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.attempt_run import Attempting
from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.actions.controls_projection import ControlsProjection
from annex_gateway.actions.debug_sessions import DebugSessions, SessionPolicy
from annex_gateway.actions.entrance import Entrance
from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.actions.identify_token import TokenReader
from annex_gateway.actions.identify_ui_token import UiTokenReader
from annex_gateway.actions.issue_ui_token import UiTokens
from annex_gateway.actions.policies import Policies
from annex_gateway.actions.projections import Projections
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.actions.run_once import Once
from annex_gateway.actions.sign_in import SignIn
from annex_gateway.actions.watch_lines import WatchPorts
from annex_gateway.adapters.execute_posts import execute_post
from annex_gateway.adapters.metrics import GatewayMetrics
from annex_gateway.adapters.postgres.controls import PostgresControls, PostgresControlsFeed
from annex_gateway.adapters.postgres.debug_sessions import PostgresDebugAudit
from annex_gateway.adapters.postgres.directory import PostgresApiKeys
from annex_gateway.adapters.postgres.executions import PostgresExecutions
from annex_gateway.adapters.postgres.idempotency import PostgresIdempotencyRecords
from annex_gateway.adapters.postgres.identity_changes import PostgresIdentityRecord
from annex_gateway.adapters.postgres.identity_directory import PostgresIdentityWork
from annex_gateway.adapters.postgres.people import PostgresSubjects
from annex_gateway.adapters.postgres.sessions import PostgresSessionLookup
from annex_gateway.adapters.redis_debug_stream import redis_debug_stream
from annex_gateway.adapters.registry_client import RegistryClient, RegistryPassage
from annex_gateway.adapters.runner_client import RunnerClient, RunnerPassage
from annex_gateway.adapters.token_issuers_file import TokenIssuersUnusable, load_token_issuers
from annex_gateway.api.administration import administration_routes
from annex_gateway.api.audit import audit_routes
from annex_gateway.api.controls import controls_routes
from annex_gateway.api.cors import answer_preflight, mark_for_origin
from annex_gateway.api.debug import close_sessions, debug_routes
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies, IdentityDoor, Limits, LiveDebug
from annex_gateway.api.dispatch import dispatch_routes
from annex_gateway.api.executions import execution_routes
from annex_gateway.api.extension_calls import extension_routes
from annex_gateway.api.forwarded import forwarded_routes
from annex_gateway.api.hosts import refuse_foreign_hosts
from annex_gateway.api.identity import identity_routes
from annex_gateway.api.limits import limits_routes
from annex_gateway.api.marks import mark_answer, note_refusal_headers
from annex_gateway.api.older_rate_headers import add_older_rate_headers
from annex_gateway.api.problems import PROBLEMS, predecessor_members
from annex_gateway.api.root_page import root_routes
from annex_gateway.api.runner_forwarded import runner_routes
from annex_gateway.api.sessions import session_routes
from annex_gateway.api.ui_tokens import ui_token_routes
from annex_gateway.consumers.registry_events import RegistryEvents
from annex_gateway.domain.admission import Admission, AdmissionPolicy
from annex_gateway.domain.bearer_tokens import TokenIssuer
from annex_gateway.domain.circuits import CircuitPolicy, Circuits
from annex_gateway.domain.freshness import Freshness
from annex_gateway.domain.origins import parse_origins
from annex_gateway.domain.rate_limits import RateLimit, Rates
from annex_gateway.domain.retries import Retries, RetryPolicy
from annex_gateway.domain.sessions import PLAIN_COOKIE, SECURE_COOKIE, SessionTimes
from annex_gateway.loops.controls import fill_once, keep_controls_current
from annex_gateway.loops.repair import keep_repairing
from annex_gateway.loops.sweep_keys import keep_sweeping_keys
from annex_gateway.settings import GatewaySettings
from annex_gateway.wiring.rate_limits import counted_calls
from annex_gateway.wiring.records import recorded_executions
from annex_shared.cancellation import end_tasks
from annex_shared.clock import Clock, SystemClock, new_id
from annex_shared.errors import AnnexError
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.health import health_routes
from annex_shared.http.issuer_keys import IssuerAddress, IssuerKeys, KeyTimes
from annex_shared.http.metrics import metrics_routes
from annex_shared.http.openapi_routes import openapi_routes
from annex_shared.http.server import build_web_app, listening
from annex_shared.ids import TenantId
from annex_shared.messaging.port import Bus, Subscription
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from annex_shared.messaging.topology import INSTALLS_CHANGED, VERSIONS_PUBLISHED, VERSIONS_STATUS
from annex_shared.permissions import Permission
from annex_shared.postgres.migrations import Phase, load_migrations, migrate
from annex_shared.postgres.pool import open_pool
from annex_shared.service_tokens import (
    ServiceTokenIssuer,
    ServiceTokenVerifier,
    load_peer_keys,
    load_service_key,
)
from annex_shared.settings import InvalidSettings

SCHEMA = "gateway"
APP_ROLE = "gateway_app"
OWNER_ROLE = "gateway_owner"
_LIMITS_KEPT_SECONDS = 10.0
_MISS_KEPT_SECONDS = 1.0
_SWEEP_KEYS_SECONDS = 60.0
_PEER_CONNECTIONS = 500
_POLLING_CONNECTIONS = 8
_ISSUER_CONNECTIONS = 10
_DEBUG_WAIT_SECONDS = 5.0

log = structlog.get_logger()


class ProjectionNotFilled(AnnexError):
    """Installs have not been read from the registry since the start."""


@asynccontextmanager
async def running(settings: GatewaySettings, *, bus: Bus | None = None) -> AsyncIterator[int]:
    """Run the whole service inside the block and yield its port; ``bus`` is the embedded one, if any."""
    async with AsyncExitStack() as stack:
        dependencies = await stack.enter_async_context(real_dependencies(settings))
        projections = dependencies.policies.projections
        if bus is None and settings.bus_url is not None:
            url = settings.bus_url.get_secret_value()
            bus = await stack.enter_async_context(rabbitmq_bus(url, app_id=settings.service))
        if bus is not None:
            await stack.enter_async_context(await follow_registry(bus, projections))
        controls = dependencies.controls
        await fill_once(controls.projection, controls.feed)
        port = await stack.enter_async_context(
            listening(
                build_app(dependencies), host=settings.host, port=settings.port, cancel_on_disconnect=True
            )
        )
        async with asyncio.TaskGroup() as loops:
            repair = loops.create_task(
                _told(keep_repairing(projections, interval_seconds=settings.repair_interval_seconds))
            )
            sweep = loops.create_task(
                _told(
                    keep_sweeping_keys(
                        dependencies.policies.once.records, interval_seconds=_SWEEP_KEYS_SECONDS
                    )
                )
            )
            follow = loops.create_task(
                _told(
                    keep_controls_current(
                        controls.projection, controls.feed, poll_seconds=settings.controls_poll_seconds
                    )
                )
            )
            try:
                yield port
            finally:
                await end_tasks(repair, sweep, follow)


def build_app(dependencies: Dependencies) -> web.Application:
    app = build_web_app(
        "gateway",
        routes=[
            *root_routes(),
            *limits_routes(),
            *health_routes(dependencies.pings),
            *metrics_routes(dependencies.metrics, dependencies.record_metrics),
            *openapi_routes("annex_gateway.api", "/openapi.json", "/api/openapi.json"),
            *administration_routes(),
            *controls_routes(),
            *audit_routes(),
            *identity_routes(),
            *session_routes(),
            *ui_token_routes(),
            *debug_routes(),
            *execution_routes(),
            *dispatch_routes(),
            *runner_routes(),
            *forwarded_routes(),
            *extension_routes(),
        ],
        problems=PROBLEMS,
        middlewares=[note_refusal_headers, refuse_foreign_hosts, answer_preflight],
        compatibility=predecessor_members,
    )
    app[DEPENDENCIES] = dependencies
    app.on_response_prepare.append(mark_answer)
    if dependencies.has_older_rate_headers:
        app.on_response_prepare.append(add_older_rate_headers)
    app.on_response_prepare.append(mark_for_origin)
    app.on_shutdown.append(close_sessions)
    return app


@asynccontextmanager
async def real_dependencies(settings: GatewaySettings) -> AsyncIterator[Dependencies]:
    clock = SystemClock()
    pepper = settings.api_key_pepper.get_secret_value().encode()
    tokens = ServiceTokenIssuer(
        settings.service, load_service_key(settings.service_key_file.read_bytes()), clock
    )
    # Read before anything is opened, for a mistake in it ends the start.
    issuers = _token_issuers(settings)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.database_url.get_secret_value(), application=settings.service, schema=SCHEMA)
        )
        metrics = GatewayMetrics()
        limiter = await stack.enter_async_context(
            counted_calls(
                settings.redis_url.get_secret_value(),
                replicas=settings.replicas,
                counts_alone=settings.rate_limit_without_redis == "count_alone",
                metrics=metrics,
            )
        )
        session = await stack.enter_async_context(client_session(connections=_PEER_CONNECTIONS))
        registry = ServiceClient(session, settings.registry_url.rstrip("/"), "registry", tokens)
        runner_proxy = ServiceClient(session, settings.runner_proxy_url.rstrip("/"), "runner-proxy", tokens)
        post = await stack.enter_async_context(
            execute_post(
                runner_proxy, is_direct=settings.runner_http == "direct", connections=_PEER_CONNECTIONS
            )
        )
        runner = RunnerClient(runner_proxy, post)
        limits = AskOnce(keep_seconds=_LIMITS_KEPT_SECONDS, monotonic=time.monotonic)
        stack.push_async_callback(limits.close)
        misses = AskOnce(keep_seconds=_MISS_KEPT_SECONDS, monotonic=time.monotonic)
        stack.push_async_callback(misses.close)
        freshness = Freshness(settings.projection_max_age_seconds)
        projections = Projections(RegistryClient(registry), misses, freshness=freshness)
        metrics.watch_projection(freshness)
        admission = Admission(
            AdmissionPolicy(most=settings.runner_concurrency_max, waiting=settings.runner_queue_max)
        )
        circuits = Circuits(CircuitPolicy(), time.monotonic)
        metrics.watch_entrance(admission, circuits)
        kept_answers = PostgresIdempotencyRecords(
            pool, pepper=pepper, keep_seconds=settings.idempotency_keep_seconds
        )
        once = Once(kept_answers, new_id, metrics, settings.idempotency_answer_max_bytes)
        records = await stack.enter_async_context(
            recorded_executions(
                settings.database_url.get_secret_value(),
                application=settings.service,
                schema=SCHEMA,
                pending_max=settings.execution_log_pending_max,
                keep_days=settings.execution_log_days,
                refresh_seconds=settings.quota_refresh_seconds,
            )
        )
        # Ended before the record is: what goes on without its caller is recorded too.
        stack.push_async_callback(once.close)
        executions = PostgresExecutions(pool)
        keys, passage = PostgresApiKeys(pool), RegistryPassage(registry)
        minting = Minting(pepper, clock, new_id, secrets.token_bytes)
        identity = _identity_door(settings, pool, minting)
        controls = _controls(settings, pool, PublishedLimits(runner.limits, limits))
        metrics.watch_controls(lambda: controls.projection.age_seconds)
        yield Dependencies(
            policies=Policies(
                authenticator=Authenticator(
                    keys,
                    pepper,
                    clock,
                    VerifiedKeys(timedelta(seconds=settings.api_key_cache_seconds)),
                    tokens=await _token_reader(stack, settings, issuers, pool),
                    sessions=identity.sign_in.reader,
                    ui_tokens=UiTokenReader(
                        keys,
                        identity.sign_in.reader,
                        pepper,
                        clock,
                        timedelta(seconds=settings.api_key_cache_seconds),
                    ),
                ),
                projections=projections,
                rate_limiter=limiter,
                controls=controls.projection,
                once=once,
                entrance=Entrance(admission, time.monotonic, random.random),
                attempting=Attempting(
                    circuits,
                    Retries(RetryPolicy(attempts=settings.runner_attempts_max), random.random),
                    metrics,
                    time.monotonic,
                ),
                quotas=records.quotas,
                runner=runner,
                recorder=records.recorder,
                metrics=metrics,
                max_answer_bytes=settings.response_body_max_bytes,
            ),
            metrics=metrics,
            registry=passage,
            directory=identity.work,
            debug=await _live_debug(stack, settings, pool, runner),
            executions=executions,
            usage=executions,
            record_metrics=records.metrics,
            identity=identity,
            ui_tokens=UiTokens(pepper, clock, timedelta(seconds=settings.ui_token_seconds)),
            minting=minting,
            limits=Limits(settings.gateway_timeout_ms, settings.request_body_max_bytes),
            monotonic=time.monotonic,
            pings={
                "database": keys.ping,
                "redis": limiter.ping,
                "projection": lambda: _filled(projections),
                "controls": controls.projection.ping,
                "registry": passage.ping,
                "runner-proxy": runner.ping,
            },
            published_limits=controls.published_limits,
            controls=controls,
            are_extensions_enabled=settings.extensions_enabled,
            allowed_hosts=settings.host_names(),
            has_older_rate_headers=settings.rate_limit_older_headers,
            allowed_origins=parse_origins(settings.cors_allowed_origins),
            peers=_peers(settings, clock),
            runner_proxy=RunnerPassage(runner_proxy),
        )


def _identity_door(settings: GatewaySettings, pool: asyncpg.Pool, minting: Minting) -> IdentityDoor:
    times = SessionTimes(
        idle=timedelta(seconds=settings.session_idle_seconds),
        absolute=timedelta(seconds=settings.session_max_seconds),
        link=timedelta(seconds=settings.sign_in_link_seconds),
    )
    is_secure = settings.session_cookie_secure
    reader = SessionReader(
        PostgresSessionLookup(pool),
        minting.pepper,
        minting.clock,
        times,
        keep=timedelta(seconds=settings.api_key_cache_seconds),
        is_plain=not is_secure,
    )
    work = PostgresIdentityWork(pool)
    return IdentityDoor(
        work=work,
        record=PostgresIdentityRecord(pool),
        sign_in=SignIn(work, minting, reader, times),
        cookie_name=SECURE_COOKIE if is_secure else PLAIN_COOKIE,
        is_secure=is_secure,
    )


def _token_issuers(settings: GatewaySettings) -> tuple[list[TokenIssuer], list[IssuerAddress]] | None:
    if settings.token_issuers_file is None:
        return None
    try:
        return load_token_issuers(settings.token_issuers_file)
    except TokenIssuersUnusable as error:
        raise InvalidSettings(error.message) from None


async def _token_reader(
    stack: AsyncExitStack,
    settings: GatewaySettings,
    configured: tuple[list[TokenIssuer], list[IssuerAddress]] | None,
    pool: asyncpg.Pool,
) -> TokenReader | None:
    if configured is None:
        return None
    issuers, addresses = configured
    session = await stack.enter_async_context(client_session(connections=_ISSUER_CONNECTIONS))
    keys = IssuerKeys(session, addresses, times=KeyTimes(stale=settings.token_keys_stale_seconds))
    stack.push_async_callback(keys.close)
    return TokenReader(
        {issuer.issuer: issuer for issuer in issuers},
        keys,
        PostgresSubjects(pool, at_most=settings.token_principals_per_tenant, new_id=new_id),
        SystemClock(),
        keep=timedelta(seconds=settings.api_key_cache_seconds),
    )


async def _live_debug(
    stack: AsyncExitStack, settings: GatewaySettings, pool: asyncpg.Pool, runner: RunnerClient
) -> LiveDebug:
    url = settings.debug_redis_url or settings.redis_url
    clock = SystemClock()
    stream = await stack.enter_async_context(
        redis_debug_stream(
            url.get_secret_value(),
            prefix=settings.debug_stream_prefix,
            # One for each session, and some for those who poll.
            connections=settings.debug_sessions_max + _POLLING_CONNECTIONS,
            wait_seconds=_DEBUG_WAIT_SECONDS,
        )
    )
    policy = SessionPolicy(
        settings.debug_session_seconds, settings.debug_sessions_max, settings.debug_sessions_per_tenant
    )
    return LiveDebug(
        DebugSessions(PostgresDebugAudit(pool), policy, clock, new_id, time.monotonic),
        WatchPorts(stream, runner, clock.now, wait_seconds=_DEBUG_WAIT_SECONDS),
        settings.debug_tail_lines,
        settings.debug_gate(),
    )


def _controls(settings: GatewaySettings, pool: asyncpg.Pool, limits: PublishedLimits) -> ControlsDesk:
    return ControlsDesk(
        store=PostgresControls(pool),
        projection=ControlsProjection(
            _rates(settings), time.monotonic, max_age_seconds=settings.controls_max_age_seconds
        ),
        feed=PostgresControlsFeed(
            settings.database_url.get_secret_value(), application=settings.service, schema=SCHEMA
        ),
        published_limits=limits,
        directory=PostgresIdentityWork(pool),
        timeout_ms=settings.gateway_timeout_ms,
    )


def _rates(settings: GatewaySettings) -> Rates:
    limit = RateLimit(settings.rate_limit_per_second, settings.rate_limit_burst)
    return Rates(tenant=limit, install=limit, extension=limit, user=limit)


def _peers(settings: GatewaySettings, clock: Clock) -> ServiceTokenVerifier | None:
    if settings.service_keys_file is None:
        return None
    return ServiceTokenVerifier(settings.service, load_peer_keys(settings.service_keys_file), clock)


async def follow_registry(bus: Bus, projections: Projections) -> Subscription:
    """Follow installs and versions; whatever was missed while nobody listened is read after attaching."""
    events = RegistryEvents(projections)
    return await bus.follow(
        bindings=[INSTALLS_CHANGED, VERSIONS_PUBLISHED, VERSIONS_STATUS],
        handler=events.handle,
        name="gateway-projections",
        on_gap=projections.repair,
    )


async def migrate_database(
    url: str, *, app_role: str = APP_ROLE, owner_role: str = OWNER_ROLE, phase: Phase = "all"
) -> list[str]:
    """Bring the gateway's schema up to date; return the names of the migrations applied now."""
    folder = files("annex_gateway.adapters.postgres") / "migrations"
    return await migrate(
        url,
        schema=SCHEMA,
        migrations=load_migrations(folder),
        identifiers={"app_role": app_role, "owner_role": owner_role},
        phase=phase,
    )


async def ensure_tenant_and_key(
    database_url: str,
    pepper: str,
    *,
    slug: str,
    permissions: Iterable[Permission],
    tenant_id: TenantId | None = None,
    tenant_name: str | None = None,
    principal_name: str = "bootstrap",
    is_renewed: bool = False,
) -> TenantAndKey:
    """Make sure a tenant, a principal and a valid key of it exist, without a running gateway.

    The answer's ``api_key`` is None when the principal has a valid key already: a key is shown once.
    ``is_renewed`` revokes the old keys of the principal and makes another.
    """
    async with open_pool(database_url, application="gateway-bootstrap", schema=SCHEMA, max_size=1) as pool:
        return await administer.ensure_tenant_and_key(
            slug,
            tenant_id=tenant_id,
            tenant_name=tenant_name or slug,
            principal_name=principal_name,
            permissions=permissions,
            is_renewed=is_renewed,
            work=PostgresIdentityWork(pool),
            minting=Minting(pepper.encode(), SystemClock(), new_id, secrets.token_bytes),
        )


async def _told(loop: Coroutine[Any, Any, None]) -> None:
    """Say why a loop ended before its end takes the process along."""
    try:
        await loop
    except Exception:
        log.exception("loop_crashed")
        raise


async def _filled(projections: Projections) -> str:
    if not projections.is_filled:
        raise ProjectionNotFilled("The installs have not been read from the registry yet.")
    # How many there are is nobody's business on a public address.
    return f"filled, {projections.freshness.age_seconds():.0f} s old"
