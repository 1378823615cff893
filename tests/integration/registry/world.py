"""A registry over real HTTP with its own database and bundle folder, as its peers and the database see it."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_registry.app import running
from annex_registry.settings import RegistrySettings
from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceAnswer, ServiceClient
from annex_shared.ids import TenantId
from annex_shared.messaging.port import Bus
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller, ServiceTokenIssuer
from annex_shared.signing import BundleStatement, CertificateChain, SigningKey, sign_statement
from annex_shared.version_number import VersionNumber
from support.api_contract import ApiContract, Seen
from support.hostile_archives import archive, file
from support.wasm_binaries import CORE

REGISTRY = ApiContract.of("registry")
EVERYTHING = frozenset(Permission)
READ_WRITE = frozenset({Permission.EXTENSION_READ, Permission.EXTENSION_WRITE})
READ_PUBLISH = frozenset({Permission.EXTENSION_READ, Permission.EXTENSION_PUBLISH})
TENANT = TenantId(UUID("0190a000-0000-7000-8000-0000000000a1"))
OTHER_TENANT = TenantId(UUID("0190a000-0000-7000-8000-0000000000a2"))
ADMIN = Caller("admin", TENANT, EVERYTHING)
PEERS = ("gateway", "runner-proxy", "ui-host", "standalone")
# Everything whose number of rows a refused publish must not change.
FACTS = (
    "publisher",
    "publisher_member",
    "extension_registry",
    "extension_version",
    "extension_bundle",
    "extension_api_endpoint",
    "version_position",
    "extension_head",
    "log_leaf",
    "outbox",
    "version_status",
    "idempotency_record",
)


def manifest(**fields: Any) -> dict[str, Any]:
    """Write a manifest that needs no handler; ``fields`` replace or add."""
    return {
        "name": "invoice-notes",
        "publisher": "acme",
        "version": "1.4.0",
        "runtime": "wasm-js@1",
        "capabilities": ["http.fetch", "storage.kv"],
        **fields,
    }


def bundle(document: Mapping[str, Any] | None = None, *, marker: bytes = b"", **fields: Any) -> bytes:
    """Pack a small bundle with a handler; ``marker`` makes other bytes of the same version."""
    text = json.dumps(document if document is not None else manifest(**fields)).encode()
    return archive(
        file(b"manifest.json", text), file(b"dist/main.wasm", CORE), file(b"ui/marker.txt", marker or b"-")
    )


def signed(
    content: bytes, key: SigningKey, *, chain: CertificateChain | None = None, **fields: Any
) -> dict[str, str]:
    """Sign a bundle as its publisher would; ``fields`` replace what the statement says."""
    said = {"publisher": "acme", "name": "invoice-notes", "version": "1.4.0", **fields}
    statement = BundleStatement(
        PublisherSlug(said["publisher"]),
        ExtensionName(said["name"]),
        VersionNumber(said["version"]),
        said.get("content_hash", ContentHash.of(content)),
    )
    return {"algorithm": "dsse-ed25519", "text": sign_statement(statement, [key], chain=chain)}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its body read as JSON, if it is that."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @classmethod
    def of(cls, answer: ServiceAnswer) -> "Answer":
        is_json = "json" in answer.headers.get("content-type", "") and answer.body
        return cls(answer.status, answer.headers, answer.json() if is_json else answer.body)

    @property
    def code(self) -> Any:
        return self.body.get("code") if isinstance(self.body, dict) else None


@dataclass(slots=True)
class World:
    """Everything around the registry under test."""

    owner_url: str
    folder: Path
    session: ClientSession
    issuer_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    url: str = ""
    caller: Caller = ADMIN

    @property
    def app_url(self) -> str:
        """The database as the application logs in."""
        parts = urlsplit(self.owner_url)
        return urlunsplit(parts._replace(netloc=f"registry_app@{parts.hostname}:{parts.port}"))

    @property
    def log_key_file(self) -> Path:
        return self.folder / "log.key"

    def settings(self, **changes: Any) -> RegistrySettings:
        return RegistrySettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "database_url": self.app_url,
                "service_keys_file": self.folder / "peers.json",
                "bundle_store_url": (self.folder / "bundles").as_uri(),
                "secrets_key_file": self.folder / "secrets.json",
                "signature_policy": "optional",
                "publisher_auto_create": True,
                "relay_poll_seconds": 0.05,
                "publish_burst": 0,
                "new_extension_burst": 0,
                **changes,
            }
        )

    @asynccontextmanager
    async def running(self, bus: Bus, **changes: Any) -> AsyncIterator["World"]:
        async with running(self.settings(**changes), bus=bus) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self

    # Requests.

    def client(self, issuer: str = "gateway") -> ServiceClient:
        tokens = ServiceTokenIssuer(issuer, self.issuer_key, SystemClock())
        return ServiceClient(self.session, self.url, "registry", tokens)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        caller: Caller | None = None,
        issuer: str = "gateway",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        answer = await self.client(issuer).request(
            method,
            path,
            caller=caller or self.caller,
            body=content,
            headers=headers,
            request_id="req_test",
        )
        return _as_described(method, path, answer)

    async def upload(
        self, content: bytes, *, caller: Caller | None = None, query: Mapping[str, str] | None = None
    ) -> Answer:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 65_536):
                yield content[start : start + 65_536]

        path = "/api/ext-bundles/upload-proxy?" + urlencode(query or {"filename": "bundle.tar.zst"})
        client = self.client()
        async with client.stream("POST", path, caller=caller or self.caller, body=chunks()) as answer:
            whole = ServiceAnswer(answer.status, answer.headers, await answer.read())
        return _as_described("POST", path, whole)

    async def finalize(
        self,
        key: str,
        *,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        return await self.ask(
            "POST", "/api/ext-bundles/finalize", {"key": key, **body}, caller=caller, headers=headers
        )

    async def staged(self, content: bytes, *, caller: Caller | None = None) -> str:
        """Upload what must be accepted and return its key."""
        answer = await self.upload(content, caller=caller)
        assert answer.status == 200, answer.body
        return str(answer.body["upload"]["key"])

    async def publish(
        self, content: bytes | None = None, *, caller: Caller | None = None, **body: Any
    ) -> Answer:
        key = await self.staged(bundle() if content is None else content, caller=caller)
        return await self.finalize(key, caller=caller, **body)

    async def sent(
        self,
        method: str,
        path: str,
        content: bytes,
        *,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a body on a route that streams it, with its length unless ``headers`` say otherwise."""

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 65_536):
                yield content[start : start + 65_536]

        async with self.client().stream(
            method,
            path,
            caller=caller or self.caller,
            body=chunks(),
            headers={"content-length": str(len(content)), **(headers or {})},
            request_id="req_test",
        ) as answer:
            whole = ServiceAnswer(answer.status, answer.headers, await answer.read())
        return _as_described(method, path, whole)

    async def publish_at_once(
        self,
        content: bytes,
        *,
        to: str = "acme/invoice-notes",
        key: str | None = None,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Publish in one request; ``headers`` replace or add."""
        digest = base64.b64encode(ContentHash.of(content).digest).decode()
        sent = {
            "content-type": "application/vnd.annex.bundle",
            "content-digest": f"sha-256=:{digest}:",
            **({"idempotency-key": key} if key else {}),
            **(headers or {}),
        }
        return await self.sent(
            "POST", f"/api/v1/extensions/{to}/versions", content, caller=caller, headers=sent
        )

    async def opened(self, content: bytes, *, caller: Caller | None = None) -> str:
        """Open an upload session for ``content`` and return its address."""
        wish = {"size_bytes": len(content), "content_hash": str(ContentHash.of(content))}
        answer = await self.ask("POST", "/api/v1/uploads", wish, caller=caller)
        assert answer.status == 201, answer.body
        return str(answer.headers["location"])

    async def append(
        self,
        upload: str,
        chunk: bytes,
        *,
        at: int,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"upload-offset": str(at), **(headers or {})}
        return await self.sent("PATCH", upload, chunk, caller=caller, headers=sent)

    async def uploaded(self, content: bytes, *, chunk_bytes: int = 300_000) -> str:
        """Open a session, send everything in chunks and return its address."""
        upload = await self.opened(content)
        for start in range(0, len(content), chunk_bytes):
            answer = await self.append(upload, content[start : start + chunk_bytes], at=start)
            assert answer.status == 204, answer.body
        return upload

    async def published(self, content: bytes | None = None, **fields: Any) -> Any:
        """Publish what must be accepted and return the receipt."""
        answer = await self.publish(bundle(**fields) if content is None else content)
        assert answer.status == 200, answer.body
        return answer.body

    async def installed(self, *, caller: Caller | None = None, **body: Any) -> Any:
        """Install what must be accepted and return the view."""
        wish = {"extension": "acme/invoice-notes", **body}
        answer = await self.ask("POST", "/api/v1/installs", wish, caller=caller)
        assert answer.status == 201, answer.body
        return answer.body

    # What is left behind.

    @asynccontextmanager
    async def database(self, url: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(
            url or self.owner_url, server_settings={"search_path": "registry"}, timeout=10
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def facts(self) -> dict[str, int]:
        """Count every published fact, and every file in the bundle store."""
        async with self.database() as connection:
            counts = {
                table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - names above
                for table in FACTS
            }
        return {**counts, "files": len(self.files())}

    def files(self) -> list[str]:
        root = self.folder / "bundles"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    async def events(self, feed: str) -> list[dict[str, Any]]:
        async with self.database() as connection:
            rows = await connection.fetch("SELECT event FROM outbox WHERE feed = $1 ORDER BY serial", feed)
        return [json.loads(row["event"]) for row in rows]


def _as_described(method: str, path: str, answer: ServiceAnswer) -> Answer:
    """Hold every answer a test sees against the published document."""
    REGISTRY.require(Seen(method, path, answer.status, answer.headers, answer.body))
    return Answer.of(answer)


def somebody(*permissions: Permission, tenant: TenantId | None = TENANT, name: str | None = None) -> Caller:
    return Caller(name or f"principal-{uuid4()}", tenant, frozenset(permissions))


def with_only(caller: Caller, *permissions: Permission) -> Caller:
    return replace(caller, permissions=frozenset(permissions))
