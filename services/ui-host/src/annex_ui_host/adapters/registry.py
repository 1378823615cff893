"""The registry's listings over HTTP."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import structlog
from pydantic import BaseModel

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import (
    VersionRecord,
    VersionRecords,
    VersionStatusRecord,
    VersionStatusRecords,
)
from annex_shared.errors import AnnexError
from annex_shared.http.client import RemoteRefused, RemoteUnavailable, ServiceAnswer, ServiceClient
from annex_shared.http.proof_source import read_version_proof
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.version_proofs import LoadedVersion, ProofMissing
from annex_ui_host.domain.errors import RegistryUnavailable
from annex_ui_host.domain.installs import Install
from annex_ui_host.domain.ports import InstallListing, PublicationPage
from annex_ui_host.domain.publications import Publication
from annex_ui_host.domain.ui_tree import ROOT

PAGE_SIZE = 500
_MAX_PAGES = 10_000
_TIMEOUT_SECONDS = 10

log = structlog.get_logger()
Body = TypeVar("Body", bound=BaseModel)
Inner = TypeVar("Inner")


class HttpRegistry:
    """Asks on the ui-host's own behalf; whatever goes wrong at the registry is RegistryUnavailable here."""

    def __init__(self, client: ServiceClient, *, page_size: int = PAGE_SIZE) -> None:
        self._client = client
        self._page_size = page_size

    async def publications_after(self, serial: int) -> PublicationPage:
        answer = await self._ask(f"/internal/v1/versions?after={serial}&limit={self._page_size}")

        def to_page(body: VersionRecords) -> PublicationPage:
            return PublicationPage(
                publications=[_to_publication(record) for record in body.items],
                last_serial=max((record.serial for record in body.items), default=serial),
                is_last=len(body.items) < self._page_size,
            )

        return _read(VersionRecords, answer, to_page)

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        answer = await self._ask(f"/internal/v1/version-statuses?after={after}&limit={limit}")
        return _read(VersionStatusRecords, answer, lambda body: body.items)

    async def publications_of(self, content_hash: ContentHash) -> list[Publication]:
        answer = await self._ask(f"/internal/v1/versions?content_hash={content_hash}")

        def to_publications(body: VersionRecords) -> list[Publication]:
            return [_to_publication(item) for item in body.items if item.content_hash == content_hash]

        return _read(VersionRecords, answer, to_publications)

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        """Read every page; the listing is as old as its first one, so a change since shows as a change."""
        headers = {} if unless_as_of is None else {"if-none-match": f'"installs-{unless_as_of}"'}
        path = f"/internal/v1/installs?limit={self._page_size}"
        answer = await self._ask(path, headers=headers)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        as_of, cursor, found = _read(InstallRecords, answer, _to_install_page)
        for _ in range(_MAX_PAGES):
            if cursor is None:
                return InstallListing(found, as_of)
            answer = await self._ask(f"{path}&cursor={quote(cursor, safe='')}")
            _, cursor, more = _read(InstallRecords, answer, _to_install_page)
            found.extend(more)
        raise _away(f"more than {_MAX_PAGES} pages of installs")

    async def install(self, install_id: InstallId) -> Install | None:
        try:
            answer = await self._client.ask(
                "GET", f"/internal/v1/installs/{install_id}", timeout_seconds=_TIMEOUT_SECONDS
            )
        except RemoteRefused as error:
            if error.document.status == HTTPStatus.NOT_FOUND:
                return None
            raise _away(error.code) from error
        except RemoteUnavailable as error:
            raise _away(error.message) from error
        return _read(InstallRecord, answer, _to_install)

    async def proof(self, loaded: LoadedVersion) -> bytes | ProofMissing:
        """Read the log's proof of a version. Raises RegistryUnavailable."""
        try:
            return await read_version_proof(self._client, loaded)
        except RemoteRefused as error:
            raise _away(error.code) from error
        except RemoteUnavailable as error:
            raise _away(error.message) from error

    async def _ask(self, path_and_query: str, **options: Any) -> ServiceAnswer:
        try:
            return await self._client.ask("GET", path_and_query, timeout_seconds=_TIMEOUT_SECONDS, **options)
        except RemoteRefused as error:
            raise _away(error.code) from error
        except RemoteUnavailable as error:
            raise _away(error.message) from error


def _read(model: type[Body], answer: ServiceAnswer, convert: Callable[[Body], Inner]) -> Inner:
    try:
        return convert(model.model_validate_json(answer.body))
    except ValueError as error:  # of pydantic, or an id that is no UUID
        raise _away(f"an answer that is no {model.__name__}") from error


def _to_publication(record: VersionRecord) -> Publication:
    extension_id, segment = ExtensionId(UUID(record.extension_id)), f"{record.publisher}.{record.name}"
    version_id = VersionId(UUID(record.version_id))
    if record.ui_entry is None:
        return Publication(record.content_hash, extension_id, segment, record.version, version_id)
    entry = record.ui_entry.removeprefix(ROOT)
    return Publication(
        record.content_hash, extension_id, segment, record.version, version_id, entry, has_ui=True
    )


def _to_install_page(body: InstallRecords) -> tuple[int, str | None, list[Install]]:
    return body.as_of, body.next_cursor, [_to_install(record) for record in body.items]


def _to_install(record: InstallRecord) -> Install:
    return Install(
        install_id=InstallId(UUID(record.install_id)),
        tenant_id=TenantId(UUID(record.tenant_id)),
        extension_id=ExtensionId(UUID(record.extension_id)),
        content_hash=record.content_hash,
        is_enabled=record.is_enabled,
        revision=record.revision,
    )


def _away(reason: str) -> AnnexError:
    log.warning("registry_unavailable", reason=reason)
    return RegistryUnavailable()
