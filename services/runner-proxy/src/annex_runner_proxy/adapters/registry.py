"""The registry as runner-proxy asks it: installs, versions, bundles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from aiohttp import ClientTimeout
from pydantic import BaseModel, ValidationError

from annex_runner_proxy.domain.errors import BundleNotFound, RegistryUnavailable, VersionBlocked
from annex_runner_proxy.domain.installs import Install, SealedSecret
from annex_runner_proxy.domain.kept import VersionContents
from annex_runner_proxy.domain.limits import LimitOverride, Reuse
from annex_runner_proxy.domain.schedules import Endpoint
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import (
    VersionRecord,
    VersionRecords,
    VersionStatusRecord,
    VersionStatusRecords,
)
from annex_shared.errors import AnnexError
from annex_shared.host_patterns import usable_host_patterns
from annex_shared.http.client import RemoteRefused, RemoteUnavailable, ServiceAnswer, ServiceClient
from annex_shared.http.proof_source import read_version_proof
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.manifest.capabilities import normalise_capability
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber
from annex_shared.version_proofs import LoadedVersion, ProofMissing

_ONE_INSTALL_SECONDS = 2.0
_LISTING_SECONDS = 10.0
_BUNDLE_SECONDS = 120.0
_PAGE = 500
_OK, _NOT_FOUND, _GONE = 200, 404, 410
_REDIRECTS = frozenset({302, 303, 307, 308})
_CHUNK_BYTES = 256 * 1024

Document = TypeVar("Document", bound=BaseModel)
Chunks = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Registry:
    """Asks with our own service token; what does not make sense is as good as no answer."""

    client: ServiceClient

    async def install(self, install_id: InstallId) -> Install | None:
        """Return the install as it is now, None if it is gone. Raises RegistryUnavailable."""
        path = f"/internal/v1/installs/{quote(str(install_id))}"
        answer = await self._get(path, timeout_seconds=_ONE_INSTALL_SECONDS)
        if answer.status == _NOT_FOUND:
            return None
        return to_install(_document(answer, InstallRecord))

    async def all_installs(self) -> AsyncIterator[Install]:
        """Read the whole listing, page by page. Raises RegistryUnavailable."""
        cursor: str | None = None
        while True:
            query = {"limit": str(_PAGE)} | ({} if cursor is None else {"cursor": cursor})
            path = f"/internal/v1/installs?{urlencode(query)}"
            page = _document(await self._get(path, timeout_seconds=_LISTING_SECONDS), InstallRecords)
            for record in page.items:
                yield to_install(record)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        """Read what was said of versions after a serial. Raises RegistryUnavailable."""
        path = f"/internal/v1/version-statuses?{urlencode({'after': after, 'limit': limit})}"
        return _document(await self._get(path, timeout_seconds=_LISTING_SECONDS), VersionStatusRecords).items

    async def versions_of(self, content_hash: ContentHash) -> list[LoadedVersion]:
        """List the versions that were published with these bytes. Raises RegistryUnavailable."""
        path = f"/internal/v1/versions?{urlencode({'content_hash': str(content_hash)})}"
        found = _document(await self._get(path, timeout_seconds=_ONE_INSTALL_SECONDS), VersionRecords)
        return [_to_loaded(record) for record in found.items if record.content_hash == content_hash]

    async def is_published(self, extension_id: ExtensionId, content_hash: ContentHash) -> bool:
        """Say whether a version of the extension is these bytes. Raises RegistryUnavailable."""
        path = f"/internal/v1/versions?{urlencode({'content_hash': str(content_hash)})}"
        found = _document(await self._get(path, timeout_seconds=_ONE_INSTALL_SECONDS), VersionRecords)
        return any(
            (record.extension_id, record.content_hash) == (str(extension_id), content_hash)
            for record in found.items
        )

    async def contents(self, install: Install) -> VersionContents:
        """Return what the installed version declares. Raises RegistryUnavailable."""
        path = f"/internal/v1/versions?{urlencode({'content_hash': str(install.content_hash)})}"
        found = _document(await self._get(path, timeout_seconds=_ONE_INSTALL_SECONDS), VersionRecords)
        for record in found.items:
            if record.version_id == install.version_id:
                return VersionContents(
                    endpoints=[Endpoint(e.method.upper(), e.path, e.handler) for e in record.endpoints],
                    subscriptions={event.topic: event.handler for event in record.events},
                )
        raise RegistryUnavailable("The registry does not know the installed version.")

    async def proof(self, loaded: LoadedVersion) -> bytes | ProofMissing:
        """Read the log's proof of a version. Raises RegistryUnavailable."""
        try:
            return await read_version_proof(self.client, loaded)
        except (RemoteUnavailable, RemoteRefused) as error:
            raise _unavailable(error) from error

    async def ping(self) -> str:
        """Ask for nothing in particular, to learn whether the registry answers us."""
        path = "/internal/v1/versions?after=0&limit=1"
        _document(await self._get(path, timeout_seconds=_ONE_INSTALL_SECONDS), VersionRecords)
        return "reachable"

    @asynccontextmanager
    async def bundle(self, content_hash: ContentHash) -> AsyncIterator[Chunks]:
        """Stream a bundle, from the registry or where it sends us. Raises BundleNotFound, VersionBlocked."""
        path = f"/internal/v1/bundles/{quote(str(content_hash), safe=':')}"
        try:
            async with self.client.stream("GET", path, timeout_seconds=_BUNDLE_SECONDS) as answer:
                if answer.status in _REDIRECTS:
                    # A presigned address: the object store must not see our token.
                    async with self.client.session.get(
                        answer.headers["location"],
                        timeout=ClientTimeout(total=_BUNDLE_SECONDS),
                        allow_redirects=False,
                    ) as stored:
                        _require_bundle(stored.status, content_hash)
                        yield stored.content.iter_chunked(_CHUNK_BYTES)
                else:
                    _require_bundle(answer.status, content_hash)
                    yield answer.content.iter_chunked(_CHUNK_BYTES)
        except RemoteUnavailable as error:
            raise _unavailable(error) from error

    async def _get(self, path: str, *, timeout_seconds: float) -> ServiceAnswer:
        try:
            answer = await self.client.request("GET", path, timeout_seconds=timeout_seconds)
        except RemoteUnavailable as error:
            raise _unavailable(error) from error
        if answer.status not in (_OK, _NOT_FOUND):
            raise RegistryUnavailable(
                f"The registry answered {answer.status}.", details={"status": answer.status}
            )
        return answer


def to_install(record: InstallRecord) -> Install:
    """Take a record as the registry sends it; a record that is not sane is refused as a whole."""
    try:
        return Install(
            install_id=InstallId(UUID(record.install_id)),
            tenant_id=TenantId(UUID(record.tenant_id)),
            extension_id=ExtensionId(UUID(record.extension_id)),
            extension=f"{record.publisher}/{record.name}",
            version_id=record.version_id,
            version=record.version,
            content_hash=record.content_hash,
            is_enabled=record.is_enabled,
            revision=record.revision,
            grants=frozenset(normalise_capability(grant) for grant in record.grants),
            config=record.config,
            config_version=record.config_version,
            secrets_version=record.secrets_version,
            sealed_secrets=record.sealed_secrets.to_sealed() if record.sealed_secrets else None,
            secrets=tuple(
                SealedSecret(
                    secret.name,
                    secret.sealed.to_sealed(),
                    secret.usable_until,
                    usable_host_patterns(secret.hosts),
                )
                for secret in record.secrets
            ),
            limits=LimitOverride(
                record.limits,
                None
                if record.reuse is None
                else Reuse(record.reuse.max_requests, record.reuse.max_idle_seconds),
            ),
            egress=usable_host_patterns(record.egress),
            declared_egress=usable_host_patterns(record.declared_egress),
        )
    except ValueError as error:
        raise RegistryUnavailable("The registry sent an install that makes no sense.") from error


def _to_loaded(record: VersionRecord) -> LoadedVersion:
    try:
        ref = ExtensionRef.parse(f"{record.publisher}/{record.name}")
        return LoadedVersion(ref, VersionNumber.parse(record.version), record.content_hash)
    except AnnexError as error:
        raise RegistryUnavailable("The registry sent a version that makes no sense.") from error


def _document(answer: ServiceAnswer, model: type[Document]) -> Document:
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as error:
        raise RegistryUnavailable("The registry sent what makes no sense.") from error


def _require_bundle(status: int, content_hash: ContentHash) -> None:
    if status == _GONE:
        raise VersionBlocked(f"The version of bundle {content_hash.short} was blocked on this platform.")
    if status == _NOT_FOUND:
        raise BundleNotFound(f"The registry has no bundle {content_hash.short}.")
    if status != _OK:
        raise RegistryUnavailable(f"The bundle cannot be read: status {status}.")


def _unavailable(error: AnnexError) -> RegistryUnavailable:
    return RegistryUnavailable(error.message, retry_after_seconds=1)
