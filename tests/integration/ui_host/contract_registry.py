"""A registry as the ui-host sees it: the internal listings and bundles, behind real service tokens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged, VersionPublished
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import VersionRecord, VersionRecords, VersionStatusRecord
from annex_shared.contracts.wire import Exchanged
from annex_shared.errors import AnnexError
from annex_shared.http.problems import Problem, ProblemTable
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import caller_of, service_auth_middleware
from annex_shared.service_tokens import ServiceTokenVerifier
from support.hostile_archives import archive, file
from support.version_statuses import page_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class InstallNotFound(AnnexError):
    """No install has this id."""


class BundleNotFound(AnnexError):
    """No bundle has this hash."""


PROBLEMS: ProblemTable = {
    InstallNotFound: Problem("install-not-found", HTTPStatus.NOT_FOUND, "Install not found"),
    BundleNotFound: Problem("bundle-not-found", HTTPStatus.NOT_FOUND, "Bundle not found"),
}


def a_bundle(files: dict[str, bytes]) -> bytes:
    members = [file(f"ui/{path}".encode(), body) for path, body in files.items()]
    return archive(file(b"manifest.json", b"{}"), *members, file(b"dist/main.wasm", b"\0asm"))


@dataclass(slots=True)
class ContractRegistry:
    """State first; ``asked`` counts requests by route, ``is_away`` cuts every connection."""

    key_file: Path
    key: Ed25519PrivateKey
    url: str = ""
    versions: list[VersionRecord] = field(default_factory=list)
    installs: dict[str, InstallRecord] = field(default_factory=dict)
    said: list[VersionStatusRecord] = field(default_factory=list)
    installs_serial: int = 0
    bundles: dict[ContentHash, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    is_away: bool = False
    was_cut: asyncio.Event = field(default_factory=asyncio.Event)
    bundle_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    bundle_gate: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(
        self, extension: str, files: dict[str, bytes], *, ui_entry: str | None = "ui/index.html"
    ) -> VersionRecord:
        return self.publish_bytes(extension, a_bundle(files), ui_entry=ui_entry)

    def publish_bytes(
        self, extension: str, bundle: bytes, *, ui_entry: str | None = "ui/index.html"
    ) -> VersionRecord:
        publisher, name = extension.split("/")
        same = [known for known in self.versions if (known.publisher, known.name) == (publisher, name)]
        content_hash = ContentHash.of(bundle)
        record = VersionRecord(
            serial=len(self.versions) + 1,
            version_id=str(uuid4()),
            extension_id=same[0].extension_id if same else str(uuid4()),
            publisher=publisher,
            name=name,
            version=f"{len(same) + 1}.0.0",
            content_hash=content_hash,
            size_bytes=len(bundle),
            published_at=NOW,
            status="published",
            signer=None,
            endpoints=[],
            capabilities=[],
            ui_entry=ui_entry,
            has_handler=False,
        )
        self.versions.append(record)
        self.bundles[content_hash] = bundle
        return record

    def install(self, version: VersionRecord, tenant_id: UUID, *, is_enabled: bool = True) -> InstallRecord:
        self.installs_serial += 1
        known = next(
            (
                install
                for install in self.installs.values()
                if (install.tenant_id, install.extension_id) == (str(tenant_id), version.extension_id)
            ),
            None,
        )
        record = InstallRecord(
            install_id=known.install_id if known else str(uuid4()),
            tenant_id=str(tenant_id),
            extension_id=version.extension_id,
            publisher=version.publisher,
            name=version.name,
            version_id=version.version_id,
            version=version.version,
            content_hash=version.content_hash,
            is_enabled=is_enabled,
            revision=known.revision + 1 if known else 1,
            grants=[],
            config={},
            config_version=0,
            secrets_version=0,
            sealed_secrets=None,
        )
        self.installs[record.install_id] = record
        return record

    def uninstall(self, install: InstallRecord) -> None:
        self.installs_serial += 1
        del self.installs[install.install_id]

    def published_event(self, version: VersionRecord) -> CloudEvent:
        payload = VersionPublished(
            extension=f"{version.publisher}/{version.name}",
            extension_id=version.extension_id,
            publisher=version.publisher,
            name=version.name,
            version_id=version.version_id,
            version=version.version,
            content_hash=version.content_hash,
            size_bytes=version.size_bytes,
            published_at=NOW,
            signer=None,
            has_ui=True,
            has_handler=False,
        )
        return CloudEvent.of(payload, serial=version.serial, time=NOW)

    def install_event(self, install: InstallRecord, change: InstallChange) -> CloudEvent:
        payload = InstallChanged(
            change=change,
            tenant_id=install.tenant_id,
            install_id=install.install_id,
            extension=f"{install.publisher}/{install.name}",
            extension_id=install.extension_id,
            version_id=install.version_id,
            version=install.version,
            content_hash=install.content_hash,
            is_enabled=install.is_enabled,
            revision=install.revision,
            config_version=0,
        )
        return CloudEvent.of(payload, serial=self.installs_serial, time=NOW)

    async def list_versions(self, request: web.Request) -> web.Response:
        wanted = request.query.get("content_hash")
        if wanted is not None:
            items = [record for record in self.versions if str(record.content_hash) == wanted]
        else:
            after, limit = int(request.query["after"]), int(request.query["limit"])
            items = [record for record in self.versions if record.serial > after][:limit]
        return _json(VersionRecords(items=items, as_of=len(self.versions)))

    async def list_version_statuses(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        return _json(page_of(self.said, after=after, limit=limit))

    async def list_installs(self, request: web.Request) -> web.Response:
        etag = f'"installs-{self.installs_serial}"'
        if request.headers.get("if-none-match") == etag:
            return web.Response(status=304, headers={"etag": etag})
        limit, cursor = int(request.query["limit"]), request.query.get("cursor", "")
        ids = sorted(install_id for install_id in self.installs if install_id > cursor)
        page = ids[:limit]
        more = page[-1] if len(ids) > limit else None
        records = [self.installs[install_id] for install_id in page]
        return _json(InstallRecords(items=records, next_cursor=more, as_of=self.installs_serial), etag=etag)

    async def show_install(self, request: web.Request) -> web.Response:
        record = self.installs.get(request.match_info["install_id"])
        if record is None:
            raise InstallNotFound("There is no such install.")
        return _json(record)

    async def send_bundle(self, request: web.Request) -> web.Response:
        self.bundle_wanted.set()
        await self.bundle_gate.wait()
        bundle = self.bundles.get(ContentHash.parse(request.match_info["content_hash"]))
        if bundle is None:
            raise BundleNotFound("There is no such bundle.")
        return web.Response(body=bundle, content_type="application/zstd")

    def app(self) -> web.Application:
        verifier = ServiceTokenVerifier("registry", {"ui-host": self.key.public_key()}, SystemClock())
        return build_web_app(
            "registry",
            routes=[
                web.get("/internal/v1/versions", self.list_versions),
                web.get("/internal/v1/version-statuses", self.list_version_statuses),
                web.get("/internal/v1/installs", self.list_installs),
                web.get("/internal/v1/installs/{install_id}", self.show_install),
                web.get("/internal/v1/bundles/{content_hash}", self.send_bundle),
            ],
            problems=PROBLEMS,
            middlewares=[self._note, service_auth_middleware(verifier), _own_work_only],
        )

    @property
    def _note(self) -> "_Note":
        return _Note(self)


class _Note:
    """Counts requests and cuts them off while the registry is away."""

    __middleware_version__ = 1

    def __init__(self, registry: ContractRegistry) -> None:
        self._registry = registry

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical.removeprefix("/internal/v1/") if resource else "?"
        self._registry.asked[f"{route}?content_hash" if "content_hash" in request.query else route] += 1
        if self._registry.is_away and request.transport is not None:
            self._registry.was_cut.set()
            request.transport.abort()
        return await handler(request)


@web.middleware
async def _own_work_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    assert caller_of(request).principal == "service:ui-host"
    return await handler(request)


def _json(body: Exchanged, *, etag: str = "") -> web.Response:
    headers = {"etag": etag} if etag else {}
    return web.Response(text=body.model_dump_json(), content_type="application/json", headers=headers)


@asynccontextmanager
async def contract_registry(directory: Path) -> AsyncIterator[ContractRegistry]:
    """Open an empty registry that knows the public key of the ui-host whose key it wrote to a file."""
    key = Ed25519PrivateKey.generate()
    key_file = directory / "ui-host.pem"
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    registry = ContractRegistry(key_file, key)
    registry.bundle_gate.set()
    async with listening(registry.app(), host="127.0.0.1", port=0) as port:
        registry.url = f"http://127.0.0.1:{port}"
        yield registry
