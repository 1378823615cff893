"""The registry put together: what it opens, in which order, and the loops beside its HTTP server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from asyncpg import Pool, UndefinedColumnError, UndefinedTableError

from annex_registry.actions.backfill_log import backfill_log
from annex_registry.actions.import_database import import_database
from annex_registry.actions.import_run import ImportRun
from annex_registry.actions.reseal_secrets import reseal_secrets
from annex_registry.adapters.bundles.by_url import StoreCredentials, open_bundle_store
from annex_registry.adapters.bundles.object_lock import LockMode, LockWish
from annex_registry.adapters.id_token_issuers import HttpIdTokenIssuers
from annex_registry.adapters.postgres.feed_tail import PostgresFeedTails
from annex_registry.adapters.postgres.outbox_queue import PostgresOutboxQueues
from annex_registry.adapters.postgres.records import PostgresRecords, unavailable_is_busy
from annex_registry.adapters.postgres.signer_lead import PostgresSignerLeads
from annex_registry.adapters.postgres.statements import MIGRATIONS
from annex_registry.adapters.predecessor.by_url import open_predecessor_store
from annex_registry.adapters.predecessor.database import open_predecessor
from annex_registry.adapters.witnesses import open_witnesses, read_policy
from annex_registry.api.dependencies import Dependencies
from annex_registry.api.routes import build_web
from annex_registry.domain.app_domain import HostName
from annex_registry.domain.carried_install import GrantPolicy
from annex_registry.domain.errors import InvalidAppDomain, LogNotChecked
from annex_registry.domain.feed import FeedWatch
from annex_registry.domain.importation import ImportReport
from annex_registry.domain.ports import Fence, FencedBundleStore
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publish_rate import PublishRate
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy
from annex_registry.domain.signing_state import SignedSize
from annex_registry.loops.feed_watcher import watch_for_ever
from annex_registry.loops.relay import relay_for_ever
from annex_registry.loops.signer import may_backfill, sign_for_ever
from annex_registry.loops.sweeper import sweep_for_ever, sweep_orphans_for_ever
from annex_registry.loops.witness_rounds import WitnessPolicy, WitnessRounds, witness_rounds
from annex_registry.settings import ImportSettings, RegistrySettings, ResealSettings
from annex_shared.bundle import BundleLimits
from annex_shared.clock import Clock, SystemClock, new_id
from annex_shared.http.client import client_session
from annex_shared.http.issuer_keys import check_issuer
from annex_shared.http.server import listening
from annex_shared.http.vault_transit import vault_transit
from annex_shared.messaging.port import Bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from annex_shared.postgres.migrations import Phase, load_migrations, migrate
from annex_shared.postgres.pool import open_pool
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.secret_sealing import KeyringSealer, SealerChain, SecretSealer
from annex_shared.service_tokens import ServiceTokenVerifier, load_peer_keys
from annex_shared.settings import InvalidSettings
from annex_shared.signing import TrustBundle, load_trust_bundle
from annex_shared.transparency import NoteSigner

SCHEMA = "registry"
_ISSUER_CONNECTIONS = 10

log = structlog.get_logger()


def build_app(dependencies: Dependencies) -> web.Application:
    return build_web(dependencies)


async def migrate_database(url: str, *, phase: Phase = "all") -> list[str]:
    """Bring the schema up to date; return the names of the files applied now."""
    return await migrate(url, schema=SCHEMA, migrations=load_migrations(MIGRATIONS), phase=phase)


async def import_predecessor(
    settings: RegistrySettings,
    source: ImportSettings,
    report: ImportReport,
    *,
    grants: GrantPolicy,
    is_rehearsal: bool,
) -> None:
    """Import once. Nothing needs to be stopped for it: it writes as a publish does."""
    secret_key = source.import_store_secret_key
    credentials = StoreCredentials(
        source.import_store_access_key, secret_key.get_secret_value() if secret_key else None
    )
    async with AsyncExitStack() as stack:
        with unavailable_is_busy():
            # Between two statements a whole bundle is fetched.
            pool = await _open_pool(
                settings, stack, application="annex-registry-import", idle_transaction_seconds=600
            )
        clock = SystemClock()
        bundles = await _open_bundles(settings, stack, clock)
        await _refuse_another_log(settings, bundles, clock)
        run = ImportRun(
            source=await stack.enter_async_context(
                open_predecessor(source.import_database_url.get_secret_value())
            ),
            store=await stack.enter_async_context(
                open_predecessor_store(source.import_store_url, credentials)
            ),
            records=PostgresRecords(pool),
            bundles=bundles,
            limits=_policy(settings).limits,
            sealer=await stack.enter_async_context(_sealer(settings)),
            clock=clock,
            grants=grants,
            is_rehearsal=is_rehearsal,
        )
        try:
            await import_database(run, report)
        except (UndefinedTableError, UndefinedColumnError):
            raise InvalidSettings(
                "The registry's own database is of an older version. Run `migrate` first."
            ) from None


@asynccontextmanager
async def running(settings: RegistrySettings, *, bus: Bus | None = None) -> AsyncIterator[int]:
    """Run the registry inside the block and yield its port; ``bus`` replaces the one of BUS_URL."""
    async with AsyncExitStack() as stack:
        bus = bus or await _open_bus(settings, stack)
        signer = _note_signer(settings)
        dependencies, fence = await _open_dependencies(settings, bus, stack)
        await _backfill(settings, dependencies, signer, fence)
        rounds = await _open_rounds(settings, dependencies, signer, stack)
        port = await stack.enter_async_context(
            listening(build_app(_telling(dependencies, rounds)), host=settings.host, port=settings.port)
        )
        await stack.enter_async_context(_running_loops(settings, dependencies, bus, signer, fence, rounds))
        yield port


async def _refuse_another_log(settings: RegistrySettings, fence: Fence, clock: Clock) -> None:
    """Compare the log with its fence before an import adds to it. Raises LogNotChecked."""
    leads = PostgresSignerLeads(settings.database_url.get_secret_value())
    if not await may_backfill(leads, _note_signer(settings), fence=fence, clock=clock):
        raise LogNotChecked(
            "The log is not, or may not be, the one that was signed before. See the log lines."
        )


async def _backfill(
    settings: RegistrySettings, dependencies: Dependencies, signer: NoteSigner | None, fence: Fence
) -> None:
    """Give leaves to what has none, unless the log is not the one that was signed before."""
    async with dependencies.records.work() as work:
        if not await work.log.has_facts_without_leaf():
            return
    leads = PostgresSignerLeads(settings.database_url.get_secret_value())
    if await may_backfill(leads, signer, fence=fence, clock=dependencies.clock):
        await backfill_log(
            records=dependencies.records, bundles=dependencies.bundles, limits=dependencies.policy.limits
        )


async def _open_bus(settings: RegistrySettings, stack: AsyncExitStack) -> Bus:
    if settings.bus_url is None:
        raise InvalidSettings("BUS_URL is missing: set amqp://user:password@host/vhost.")
    return await stack.enter_async_context(
        rabbitmq_bus(settings.bus_url.get_secret_value(), app_id=RegistrySettings.service)
    )


async def _open_dependencies(
    settings: RegistrySettings, bus: Bus, stack: AsyncExitStack
) -> tuple[Dependencies, Fence]:
    clock = SystemClock()
    pool = await _open_pool(settings, stack, application="annex-registry")
    bundles = await _open_bundles(settings, stack, clock)
    rotation = RotationPolicy(settings.secret_max_age_days, OverduePolicy(settings.overdue_secrets))
    records = PostgresRecords(pool, rotation, clock)
    signed = SignedSize(has_key=settings.log_key_file is not None)

    async def log_state() -> str:
        # Told, not demanded: publishing works without signatures, and says so in its answer.
        return signed.says()

    async def bus_state() -> str:
        # Told, not demanded: publishing works without the bus, and the outbox keeps what is to be said.
        return "connected" if bus.is_connected else "disconnected"

    dependencies = Dependencies(
        records=records,
        bundles=bundles,
        policy=_policy(settings),
        sealer=await stack.enter_async_context(_sealer(settings)),
        clock=clock,
        new_id=new_id,
        verifier=ServiceTokenVerifier(
            RegistrySettings.service, load_peer_keys(settings.service_keys_file), clock
        ),
        issuers=await _open_issuers(settings, stack),
        random_bytes=secrets.token_bytes,
        publish_token_lifetime=timedelta(seconds=settings.trusted_publishing_token_seconds),
        feeds=FeedWatch(
            max_waiters=settings.feed_max_waiters,
            max_waiters_per_caller=settings.feed_max_waiters_per_caller,
        ),
        pings={
            "database": records.ping,
            "bundle_store": bundles.ping,
            "bus": bus_state,
            "transparency_log": log_state,
        },
        signed=signed,
        rotation=rotation,
        proof_wait_seconds=settings.log_proof_wait_seconds,
        are_extensions_enabled=settings.extensions_enabled,
        app_domain_root=_app_domain_root(settings),
        runner_api_key=settings.runner_api_key.get_secret_value() if settings.runner_api_key else None,
    )
    return dependencies, bundles


async def _open_pool(
    settings: RegistrySettings,
    stack: AsyncExitStack,
    *,
    application: str,
    idle_transaction_seconds: int = 60,
) -> Pool:
    return await stack.enter_async_context(
        open_pool(
            settings.database_url.get_secret_value(),
            application=application,
            schema=SCHEMA,
            max_size=settings.database_pool_size,
            idle_transaction_seconds=idle_transaction_seconds,
        )
    )


async def _open_bundles(settings: RegistrySettings, stack: AsyncExitStack, clock: Clock) -> FencedBundleStore:
    secret_key = settings.bundle_store_secret_key
    credentials = StoreCredentials(
        settings.bundle_store_access_key, secret_key.get_secret_value() if secret_key else None
    )
    return await stack.enter_async_context(
        open_bundle_store(
            settings.store_url(),
            credentials,
            new_id=new_id,
            lock=LockWish(
                LockMode(settings.bundle_object_lock), timedelta(days=settings.bundle_retention_days)
            ),
            clock=clock,
        )
    )


async def _open_issuers(settings: RegistrySettings, stack: AsyncExitStack) -> HttpIdTokenIssuers:
    for issuer in settings.issuers():
        mistake = check_issuer(issuer)
        if mistake is not None:
            raise InvalidSettings(f'TRUSTED_PUBLISHING_ISSUERS: "{issuer}" {mistake}.')
    issuers = HttpIdTokenIssuers(
        await stack.enter_async_context(client_session(connections=_ISSUER_CONNECTIONS)),
        settings.issuers(),
        audience=settings.trusted_publishing_audience,
        key_hosts=settings.key_hosts(),
    )
    stack.push_async_callback(issuers.close)
    return issuers


def _app_domain_root(settings: RegistrySettings) -> HostName | None:
    if settings.app_domain_root is None:
        return None
    try:
        return HostName.parse(settings.app_domain_root)
    except InvalidAppDomain:
        raise InvalidSettings("APP_DOMAIN_ROOT is no domain such as apps.example.com.") from None


def _policy(settings: RegistrySettings) -> PublishPolicy:
    trusted = settings.signing_trust_bundle
    return PublishPolicy(
        is_signature_required=settings.signature_policy != "optional",
        may_trusted_be_unsigned=settings.signature_policy == "required-unless-trusted",
        may_create_publisher=settings.publisher_auto_create,
        trusted=load_trust_bundle(_content_of(trusted, "SIGNING_TRUST_BUNDLE")) if trusted else TrustBundle(),
        limits=replace(BundleLimits(), archive_bytes=settings.max_bundle_bytes),
        one_shot_bytes=min(settings.max_one_shot_bytes, settings.max_bundle_bytes),
        version_rate=_rate(settings.publish_burst, settings.publish_per_minute / 60),
        extension_rate=_rate(settings.new_extension_burst, settings.new_extensions_per_hour / 3600),
        staged_for=timedelta(hours=settings.upload_expiry_hours),
    )


def _rate(burst: int, per_second: float) -> PublishRate | None:
    return PublishRate(burst, per_second) if burst else None


@asynccontextmanager
async def _sealer(settings: ResealSettings) -> AsyncIterator[SecretSealer | None]:
    """Open what seals secrets: Vault where there is one, else the key file; both open what they sealed."""
    async with AsyncExitStack() as stack:
        sealers: list[SecretSealer] = []
        vault = settings.vault_address()
        if vault is not None:
            sealers.append(await stack.enter_async_context(vault_transit(vault)))
        if settings.secrets_key_file is not None:
            text = _content_of(settings.secrets_key_file, "SECRETS_KEY_FILE").decode()
            sealers.append(KeyringSealer(SecretsKeyring.load(text)))
        yield SealerChain(tuple(sealers)) if sealers else None


async def reseal(settings: ResealSettings) -> tuple[int, int]:
    """Seal again what is not sealed with the present key; count the secrets, and the installs that failed."""
    async with AsyncExitStack() as stack:
        sealer = await stack.enter_async_context(_sealer(settings))
        if sealer is None:
            raise InvalidSettings("SECRETS_KEY_FILE or VAULT_ADDR is missing: nothing can be sealed.")
        pool = await stack.enter_async_context(
            open_pool(
                settings.database_url.get_secret_value(),
                application="annex-registry-reseal",
                schema=SCHEMA,
                max_size=2,
            )
        )
        done = failed = 0
        async for result in reseal_secrets(records=PostgresRecords(pool), clock=SystemClock(), sealer=sealer):
            done += result.secrets
            if result.failure is not None:
                failed += 1
                log.error("secrets_not_resealed", install_id=str(result.install_id), reason=result.failure)
        return done, failed


def _note_signer(settings: RegistrySettings) -> NoteSigner | None:
    """Read the log's key. Raises InvalidSettings when it is of another log than LOG_ORIGIN names."""
    if settings.log_key_file is None:
        return None
    signer = NoteSigner.parse(_content_of(settings.log_key_file, "LOG_KEY_FILE").decode().strip())
    if settings.log_origin not in (None, signer.name):
        raise InvalidSettings(
            f"LOG_KEY_FILE holds the key of the log {signer.name}, not of {settings.log_origin} (LOG_ORIGIN)."
        )
    return signer


async def _open_rounds(
    settings: RegistrySettings, dependencies: Dependencies, signer: NoteSigner | None, stack: AsyncExitStack
) -> WitnessRounds:
    """Open the rounds of the witnesses in LOG_POLICY_FILE; without it, every signed tree is shown at once."""
    trust = None
    if settings.log_policy_file is not None:
        if signer is None:
            raise InvalidSettings(
                "LOG_POLICY_FILE needs LOG_KEY_FILE: what is not signed cannot be cosigned."
            )
        trust = read_policy(_content_of(settings.log_policy_file, "LOG_POLICY_FILE"), signer.verifier)
    witnesses = await stack.enter_async_context(
        open_witnesses(trust, timeout_seconds=settings.log_witness_timeout_seconds)
    )
    policy = WitnessPolicy(trust, settings.log_witness_max_rest_seconds, settings.log_witness_refresh_seconds)
    return await stack.enter_async_context(
        witness_rounds(policy, witnesses, records=dependencies.records, clock=dependencies.clock)
    )


def _telling(dependencies: Dependencies, rounds: WitnessRounds) -> Dependencies:
    """Tell of the witnesses in /readyz, where there are any."""
    if not rounds.says():
        return dependencies

    async def witnesses() -> str:
        return rounds.says()

    return replace(dependencies, pings={**dependencies.pings, "witnesses": witnesses})


def _content_of(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSettings(f"{name} cannot be read: {error.strerror}.") from None


@asynccontextmanager
async def _running_loops(
    settings: RegistrySettings,
    dependencies: Dependencies,
    bus: Bus,
    signer: NoteSigner | None,
    fence: Fence,
    rounds: WitnessRounds,
) -> AsyncIterator[None]:
    """Run the loops beside the block. One that crashes ends the process: it is restarted whole."""
    database_url = settings.database_url.get_secret_value()
    queues = PostgresOutboxQueues(database_url)
    tails = PostgresFeedTails(database_url)
    loops: dict[str, Coroutine[Any, Any, None]] = {
        "feed-watcher": watch_for_ever(tails, dependencies.feeds, poll_seconds=settings.relay_poll_seconds),
        "relay": relay_for_ever(queues, bus, poll_seconds=settings.relay_poll_seconds),
        "signer": sign_for_ever(
            PostgresSignerLeads(database_url),
            signer,
            dependencies.signed,
            fence=fence,
            rounds=rounds,
            clock=dependencies.clock,
        ),
        "sweeper": sweep_for_ever(
            records=dependencies.records,
            bundles=dependencies.bundles,
            clock=dependencies.clock,
            interval_seconds=settings.sweep_interval_seconds,
        ),
        "orphan_sweeper": sweep_orphans_for_ever(
            records=dependencies.records,
            bundles=dependencies.bundles,
            policy=dependencies.policy,
            clock=dependencies.clock,
            interval_seconds=settings.orphan_sweep_interval_seconds,
        ),
    }
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_told(name, loop), name=name) for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _told(name: str, loop: Coroutine[Any, Any, None]) -> None:
    try:
        await loop
    except Exception:
        log.exception("loop_crashed", loop=name)
        raise
