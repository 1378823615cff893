"""Puts together what guests may ask for, with what answers it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import structlog
from pydantic import SecretStr

from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.context import context_functions
from annex_runner_proxy.actions.host.host_application import HostApplicationAccess, host_application_functions
from annex_runner_proxy.actions.host.http import Egress, http_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.actions.host.storage import storage_functions
from annex_runner_proxy.actions.host.storage_v2 import storage_v2_functions
from annex_runner_proxy.actions.host.ui_proxy import UiProxy, ui_proxy_functions
from annex_runner_proxy.actions.host.user import user_functions
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.adapters.host_application_http import HostApplicationHttp, to_document
from annex_runner_proxy.adapters.name_lookup import system_resolver
from annex_runner_proxy.adapters.outgoing_http import OutgoingHttp, tls_context
from annex_runner_proxy.adapters.postgres.storage import PostgresStorage
from annex_runner_proxy.domain.host_call import HostApi
from annex_runner_proxy.domain.ports import Secrets
from annex_runner_proxy.domain.storage_rate import StorageRate, StorageRates
from annex_runner_proxy.settings import RunnerProxySettings
from annex_runner_proxy.wiring.files import read_file
from annex_shared.http.client import client_session
from annex_shared.http.vault_transit import vault_transit
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.secret_sealing import KeyringSealer, SealerChain, SecretSealer
from annex_shared.settings import InvalidSettings

log = structlog.get_logger()


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


def storage_desk(settings: RunnerProxySettings, database: asyncpg.Pool | None) -> StorageDesk:
    reads = StorageRate(settings.storage_reads_per_minute, settings.storage_reads_burst)
    writes = StorageRate(settings.storage_writes_per_minute, settings.storage_writes_burst)
    return StorageDesk(
        None if database is None else PostgresStorage(database),
        reads=StorageRates(reads, time.monotonic),
        writes=StorageRates(writes, time.monotonic),
        timeout_seconds=settings.storage_timeout_seconds,
    )


@asynccontextmanager
async def open_egress(settings: RunnerProxySettings, secrets: Secrets) -> AsyncIterator[Egress]:
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
async def open_host_application(settings: RunnerProxySettings, secrets: Secrets) -> AsyncIterator[HostApi]:
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
async def open_sealer(settings: RunnerProxySettings) -> AsyncIterator[SecretSealer | None]:
    """Open what opens secrets; an install may have some of either kind while a platform moves to Vault."""
    async with AsyncExitStack() as stack:
        sealers: list[SecretSealer] = []
        vault = settings.vault_address()
        if vault is not None:
            sealers.append(await stack.enter_async_context(vault_transit(vault)))
        if settings.secrets_key_file is not None:
            text = read_file(settings.secrets_key_file, "SECRETS_KEY_FILE").decode("utf-8")
            sealers.append(KeyringSealer(SecretsKeyring.load(text)))
        yield SealerChain(tuple(sealers)) if sealers else None
