"""Annex: the registry service in its own process, on PostgreSQL that flushes and a flushed folder."""

import base64
import json
import sys
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from aiohttp import ClientSession
from benchmarks.programs import ROOT
from benchmarks.registry.artefacts import bundle
from benchmarks.registry.measure import at_once
from benchmarks.registry.port import Act, Answer, Artefact, NotAvailable, Portrait, Published
from benchmarks.registry.requests import request
from benchmarks.registry.servers import free_port, started, stopped
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from annex_shared.clock import SystemClock
from annex_shared.errors import AnnexError
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    STREAMED_BODY,
    Caller,
    ServiceTokenIssuer,
    body_digest,
    request_digest,
)
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner
from annex_standalone.servers.postgres import postgres_server

PUBLISHER = "bench"
PAGE = 1000
_SEEDED_BYTES = 1000
_SEEDING_CLIENTS = 16
# As many as are published within the life of the tokens that are made for them, also on a slow day.
_SEEDING_BATCH = 96
_CREATED = 201
_CURSOR = b'"next_cursor":"'


class Annex:
    """Asked as the gateway asks it: each request with a service token of its own."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._url = ""
        key = Ed25519PrivateKey.generate()
        self._public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._tokens = ServiceTokenIssuer("gateway", key, SystemClock())
        tenant = TenantId(UUID("0190a000-0000-7000-8000-0000000000b1"))
        self._caller = Caller("bench", tenant, frozenset(Permission))

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        self._session = session
        try:
            postgres = await self._stack.enter_async_context(postgres_server(place))
        except AnnexError as error:
            raise NotAvailable(error.message) from error
        signer = NoteSigner("bench.example/log", SigningKey.generate())
        (place / "log.key").write_text(signer.to_text() + "\n")
        (place / "peers.json").write_text(json.dumps({"gateway": self._public_pem.decode()}))
        port = free_port()
        environment = {
            "DATABASE_URL": postgres.url_for("registry_app"),
            "MIGRATION_DATABASE_URL": postgres.url,
            "SERVICE_KEYS_FILE": str(place / "peers.json"),
            "BUNDLE_STORE_URL": (place / "bundles").absolute().as_uri(),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            # The peers know neither signatures nor rates; the log, which they do not have, stays on.
            "SIGNATURE_POLICY": "optional",
            "PUBLISHER_AUTO_CREATE": "true",
            "PUBLISH_BURST": "0",
            "NEW_EXTENSION_BURST": "0",
            "LOG_KEY_FILE": str(place / "log.key"),
        }
        program = [sys.executable, "-m", "benchmarks.registry.annex_process"]
        self._process = await started(
            program, port=port, log=place / "annex.log", folder=ROOT, environment=environment
        )
        self._url = f"http://127.0.0.1:{port}"
        return Portrait(
            title="Annex",
            version=version("annex-registry"),
            command="python -m benchmarks.registry.annex_process",
            storage="PostgreSQL 18 and a folder, both flushed; signed log; in-process bus",
            seeding="its own publish requests, 16 at once, 1 KB each",
        )

    async def stop(self) -> None:
        await stopped(self._process)
        await self._stack.aclose()

    def artefact(self, package: str, number: str) -> Artefact:
        return Artefact(package, number, bundle(PUBLISHER, package, number))

    def publish(self, artefact: Artefact) -> Act:
        digest = base64.b64encode(sha256(artefact.content).digest()).decode()
        path = self._versions(artefact.package)
        headers = {
            **self._token("POST", path, STREAMED_BODY),
            "content-type": "application/vnd.annex.bundle",
            "content-digest": f"sha-256=:{digest}:",
        }
        return request(self._session, "POST", self._url + path, body=artefact.content, headers=headers)

    publish_again = publish

    async def seed(self, package: str, count: int) -> None:
        numbers = [f"1.0.{number}" for number in range(count)]
        # The first version creates the extension, which the others find.
        batches = [
            numbers[:1],
            *(numbers[at : at + _SEEDING_BATCH] for at in range(1, count, _SEEDING_BATCH)),
        ]
        for batch in batches:
            contents = [bundle(PUBLISHER, package, number, size=_SEEDED_BYTES) for number in batch]
            acts = [
                self.publish(Artefact(package, number, content))
                for number, content in zip(batch, contents, strict=True)
            ]
            statuses = (await at_once(acts, clients=_SEEDING_CLIENTS)).statuses
            if set(statuses) != {_CREATED}:
                raise NotAvailable(f"publishing {package} was answered by {dict(statuses)}")

    def list(self, package: str) -> Act:
        async def act() -> Answer:
            pages, cursor = [], ""
            while True:
                path = f"{self._versions(package)}?limit={PAGE}{cursor}"
                answer = await self._get(path)()
                pages.append(answer.body)
                following = _next_cursor(answer.body)
                if answer.status != 200 or following is None:  # noqa: PLR2004 - a page is answered by 200
                    break
                cursor = f"&cursor={following}"
            body = b"[" + b",".join(pages) + b"]"
            return Answer(answer.status, body, requests=len(pages), body_bytes=sum(map(len, pages)))

        return act

    def count_listed(self, body: bytes) -> int:
        read = json.loads(body)
        return sum(len(page["items"]) for page in (read if isinstance(read, list) else [read]))

    def list_newest(self, package: str) -> Act:
        return self._get(self._versions(package))

    def list_if_none_match(self, package: str, etag: str) -> Act:
        return self._get(self._versions(package), {"if-none-match": etag})

    def download(self, published: Published) -> Act:
        return self._get(f"{self._versions(published.package)}/{published.number}/bundle")

    def _get(self, path: str, headers: dict[str, str] | None = None) -> Act:
        sent = {**self._token("GET", path, body_digest(b"")), **(headers or {})}
        return request(self._session, "GET", self._url + path, headers=sent)

    def _token(self, method: str, path: str, digest: str) -> dict[str, str]:
        bound = request_digest(method, path, digest)
        return {SERVICE_TOKEN_HEADER: self._tokens.issue(self._caller, audience="registry", request=bound)}

    @staticmethod
    def _versions(package: str) -> str:
        return f"/api/v1/extensions/{PUBLISHER}/{package}/versions"


def _next_cursor(page: bytes) -> str | None:
    """Read where the next page begins without reading the page; the cursor is base64 and stands last."""
    start = page.rfind(_CURSOR)
    return None if start < 0 else page[start + len(_CURSOR) : page.index(b'"', start + len(_CURSOR))].decode()
