"""The registry as the gateway asks it: what is installed and published, and forwarded requests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError

from annex_gateway.domain.endpoints import Endpoint
from annex_gateway.domain.errors import RegistryUnavailable
from annex_gateway.domain.installs import Install, InstallHint, InstallListing
from annex_gateway.domain.ports import Forwarding
from annex_gateway.domain.versions import Version
from annex_shared.contracts.installs import InstallRecord, InstallRecords, InstallViews
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER
from annex_shared.contracts.versions import (
    VersionRecord,
    VersionRecords,
    VersionStatusRecord,
    VersionStatusRecords,
)
from annex_shared.http.client import RemoteUnavailable, ServiceAnswer, ServiceClient
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

_PAGE = 500
_LOOKUP_SECONDS = 3
_LISTING_SECONDS = 30
_NOT_MODIFIED, _FIRST_REFUSAL = 304, 400
# Only this says that an install is gone; any other 404 is a wrong address.
_GONE = "INSTALL_NOT_FOUND"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Body = TypeVar("Body", bound=BaseModel)

log = structlog.get_logger()


class RegistryClient:
    """Reads the registry's internal listings in the gateway's own name."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def install(self, install_id: InstallId) -> Install | None:
        answer = await self._get(f"/internal/v1/installs/{install_id}", timeout_seconds=_LOOKUP_SECONDS)
        if answer.headers.get(PLATFORM_PROBLEM_HEADER) == _GONE:
            return None
        return to_install(_read(InstallRecord, answer))

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        headers = {} if unless_as_of is None else {"if-none-match": f'"installs-{unless_as_of}"'}
        path = f"/internal/v1/installs?limit={_PAGE}"
        answer = await self._get(path, headers=headers, timeout_seconds=_LISTING_SECONDS)
        if answer.status == _NOT_MODIFIED:
            return None
        page = _read(InstallRecords, answer)
        # The oldest page decides what the whole listing is known to equal.
        installs, as_of = [to_install(record) for record in page.items], page.as_of
        while page.next_cursor is not None:
            cursor = quote(page.next_cursor, safe="")
            answer = await self._get(f"{path}&cursor={cursor}", timeout_seconds=_LISTING_SECONDS)
            page = _read(InstallRecords, answer)
            installs += [to_install(record) for record in page.items]
        return InstallListing(tuple(installs), as_of)

    async def installs_of(self, tenant_id: TenantId) -> list[InstallHint]:
        """List one tenant's installs through the public list, as the gateway itself and for reading only."""
        own = self._client.tokens.own_caller()
        caller = Caller(own.principal, tenant_id, frozenset({Permission.EXTENSION_READ}))
        answer = await self._get("/api/v1/installs", caller=caller, timeout_seconds=_LOOKUP_SECONDS)
        views = _read(InstallViews, answer).items
        return [InstallHint(InstallId(UUID(view.install_id)), view.revision) for view in views]

    async def versions(self, *, after: int, limit: int) -> list[Version]:
        path = f"/internal/v1/versions?after={after}&limit={limit}"
        answer = await self._get(path, timeout_seconds=_LISTING_SECONDS)
        return [to_version(record) for record in _read(VersionRecords, answer).items]

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        path = f"/internal/v1/version-statuses?after={after}&limit={limit}"
        answer = await self._get(path, timeout_seconds=_LISTING_SECONDS)
        return _read(VersionStatusRecords, answer).items

    async def _get(self, path: str, **options: Any) -> ServiceAnswer:
        try:
            return await self._client.request("GET", path, **options)
        except RemoteUnavailable as error:
            raise unavailable() from error


class RegistryPassage:
    """Passes a caller's request on, in the caller's name."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    @asynccontextmanager
    async def open(self, forwarding: Forwarding) -> AsyncIterator["OpenAnswer"]:
        try:
            async with self._client.stream(
                forwarding.method,
                forwarding.target,
                caller=forwarding.caller,
                body=forwarding.body,
                headers=forwarding.headers,
                request_id=forwarding.request_id,
                timeout_seconds=forwarding.timeout_seconds,
            ) as answer:
                yield OpenAnswer(answer)
        except RemoteUnavailable as error:
            is_unsure = error.is_sent and forwarding.method not in _SAFE_METHODS
            raise unavailable(is_unsure=is_unsure) from error

    async def ping(self) -> str:
        answer = await self._client.request("GET", "/livez", timeout_seconds=2)
        if answer.status >= _FIRST_REFUSAL:
            raise unavailable()
        return "reachable"


class OpenAnswer:
    """The registry's answer while it is being read."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.content.iter_any():
            yield chunk


def unavailable(*, is_unsure: bool = False) -> RegistryUnavailable:
    outcome = (
        "It may have done what was asked; repeat the same request to find out."
        if is_unsure
        else "Nothing was changed. Try again soon."
    )
    return RegistryUnavailable(
        f"The registry does not answer; the fault is ours. {outcome}", retry_after_seconds=1
    )


def to_install(record: InstallRecord) -> Install:
    """Keep what resolving a call takes; config and secrets are no business of the gateway's."""
    return Install(
        install_id=InstallId(UUID(record.install_id)),
        tenant_id=TenantId(UUID(record.tenant_id)),
        extension_id=ExtensionId(UUID(record.extension_id)),
        publisher=record.publisher,
        name=record.name,
        version_id=VersionId(UUID(record.version_id)),
        content_hash=record.content_hash,
        is_enabled=record.is_enabled,
        revision=record.revision,
        config_version=record.config_version,
        secrets_version=record.secrets_version,
        grants=frozenset(record.grants),
    )


def to_version(record: VersionRecord) -> Version:
    return Version(
        serial=record.serial,
        version_id=VersionId(UUID(record.version_id)),
        endpoints=tuple(Endpoint(endpoint.method, endpoint.path) for endpoint in record.endpoints),
        is_for_clients=bool((record.client_portal_label or "").strip()),
    )


def _read(model: type[Body], answer: ServiceAnswer) -> Body:
    """Read an answer, or take it as a registry that is not working: it refused us or makes no sense."""
    if answer.status < _FIRST_REFUSAL:
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            log.warning("registry_answer_unreadable", model=model.__name__, mistakes=error.error_count())
            raise unavailable() from None
    log.warning("registry_refused_us", model=model.__name__, status=answer.status)
    raise unavailable()
