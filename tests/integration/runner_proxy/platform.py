"""A running runner-proxy with a registry beside it, and a gateway's way of calling it."""

import base64
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from annex_runner_proxy.app import running
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.bundle import write_bundle
from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.http.client import ServiceAnswer, ServiceClient, client_session
from annex_shared.ids import InstallId, TenantId
from annex_shared.messaging.port import Bus
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.service_tokens import Caller, ServiceTokenIssuer
from integration.runner_proxy.registry_server import RegistryState, registry_server
from support.api_contract import ApiContract, Seen
from support.guests import guest_wasm

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))
EXTENSION = "3e3e3e3e-3333-4333-8333-3333333333ab"
CONTRACT = ApiContract.of("runner-proxy")
KEYRING = SecretsKeyring.generate()
# The predecessor's gateway shows this to a runner-proxy that was told of it.
LEGACY_TOKEN = "a-token-of-the-predecessors-gateway"
SERVICES = ("gateway", "registry", "runner-proxy", "ui-host")


@dataclass(frozen=True, slots=True)
class Keys:
    """A key pair per service, as files too."""

    private: dict[str, Ed25519PrivateKey]
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        private = {service: Ed25519PrivateKey.generate() for service in SERVICES}
        public = {
            service: key.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode("ascii")
            for service, key in private.items()
        }
        (folder / "peers.json").write_text(json.dumps(public))
        (folder / "secrets.json").write_text(KEYRING.to_text())
        (folder / "service.pem").write_bytes(
            private["runner-proxy"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return cls(private, folder)

    def issuer(self, service: str) -> ServiceTokenIssuer:
        return ServiceTokenIssuer(service, self.private[service], SystemClock())


@dataclass(slots=True)
class Platform:
    """What a test calls and changes."""

    registry: RegistryState
    client: ServiceClient
    keys: Keys
    packed: dict[str, ContentHash] = field(default_factory=dict)

    def publish(self, guest: str) -> ContentHash:
        """Put a bundle with the guest as its handler into the registry."""
        if guest not in self.packed:
            archive = bundle_of(guest_wasm(guest))
            self.packed[guest] = ContentHash.of(archive)
            self.registry.bundles[self.packed[guest]] = archive
        return self.packed[guest]

    def install(self, guest: str, **changes: Any) -> InstallRecord:
        """Install a guest for the tenant; ``changes`` replace fields of the record."""
        record = an_install_record(self.publish(guest), **changes)
        self.registry.put(record)
        return record

    def install_bundle(self, content_hash: ContentHash, archive: bytes | None) -> InstallRecord:
        """Install a bundle whose bytes, if there are any, need not be what the hash promises."""
        if archive is not None:
            self.registry.bundles[content_hash] = archive
        record = an_install_record(content_hash)
        self.registry.put(record)
        return record

    async def execute(
        self,
        record: InstallRecord,
        *,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_ms: int = 10_000,
        limits: Mapping[str, int] | None = None,
        egress_hosts: list[str] | None = None,
        **http: Any,
    ) -> ServiceAnswer:
        """Ask for a run of the install as the gateway does."""
        body = execute_body(record, limits={"timeout_ms": timeout_ms, **(limits or {})}, **http)
        if egress_hosts is not None:
            body["egress_hosts"] = egress_hosts
        return await self.post(body, tenant_id=record.tenant_id, caller=caller, headers=headers)

    async def warm_up(self, record: InstallRecord, **changes: Any) -> ServiceAnswer:
        """Ask for the install's version to be made ready; ``changes`` replace members of the request."""
        named = {
            "tenant_id": record.tenant_id,
            "extension_id": record.extension_id,
            "install_id": record.install_id,
        }
        answer = await self.client.request(
            "POST",
            "/warmup",
            caller=Caller("key:1", TenantId(UUID(record.tenant_id))),
            body=json.dumps({**named, **changes}).encode(),
            headers={"content-type": "application/json"},
            timeout_seconds=40,
        )
        CONTRACT.require(Seen("POST", "/warmup", answer.status, answer.headers, answer.body))
        return answer

    async def post(
        self,
        body: Mapping[str, Any],
        *,
        tenant_id: str = str(TENANT),
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ServiceAnswer:
        answer = await self.client.request(
            "POST",
            "/v1/execute",
            caller=caller or Caller("key:1", TenantId(UUID(tenant_id))),
            body=json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})},
            timeout_seconds=40,
        )
        CONTRACT.require(Seen("POST", "/v1/execute", answer.status, answer.headers, answer.body))
        return answer


def execute_body(
    record: InstallRecord, *, limits: Mapping[str, int], body: bytes | None = None, **http: Any
) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "GET", "path": "/", **http}
    if body is not None:
        request["body_b64"] = base64.b64encode(body).decode("ascii")
    return {
        "context": {
            "request_id": "req_1",
            "tenant_id": record.tenant_id,
            "extension_id": record.extension_id,
            "install_id": record.install_id,
            "version_id": record.version_id,
            "content_hash": str(record.content_hash),
        },
        "http": request,
        "limits": dict(limits),
    }


def an_install_record(content_hash: ContentHash, **changes: Any) -> InstallRecord:
    fields: dict[str, Any] = {
        "install_id": str(uuid4()),
        "tenant_id": str(TENANT),
        "extension_id": EXTENSION,
        "publisher": "acme",
        "name": "notes",
        "version_id": "5f5f5f5f-5555-4555-8555-5555555555cd",
        "version": "1.0.0",
        "content_hash": content_hash,
        "is_enabled": True,
        "revision": 1,
        "grants": [],
        "config": {},
        "config_version": 1,
        "secrets_version": 0,
        "sealed_secrets": None,
    }
    return InstallRecord(**{**fields, **changes})


def sealed_for(install_id: str, **values: str) -> SealedSecretsDocument:
    sealed = KEYRING.seal(values, tenant_id=TENANT, install_id=InstallId(UUID(install_id)))
    return SealedSecretsDocument.of(sealed)


def bundle_of(wasm: bytes | None) -> bytes:
    """Pack a handler, or none, with the smallest manifest."""
    manifest = {"name": "notes", "publisher": "acme", "version": "1.0.0", "runtime": "wasm-js@1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        if wasm is not None:
            (folder / "dist").mkdir()
            (folder / "dist" / "main.wasm").write_bytes(wasm)
        target = BytesIO()
        write_bundle(folder, target)
        return target.getvalue()


def settings_for(keys: Keys, cache_root: Path, registry_url: str, **changes: Any) -> RunnerProxySettings:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "registry_url": registry_url,
        "service_key_file": keys.folder / "service.pem",
        "service_keys_file": keys.folder / "peers.json",
        "secrets_key_file": keys.folder / "secrets.json",
        "cache_root": cache_root,
        "workers": 2,
        "prewarm": False,
        "warm_wait_seconds": 20,
        "queue_max_wait_seconds": 20,
    }
    return RunnerProxySettings(**{**fields, **changes})


@asynccontextmanager
async def running_front(
    back: Platform, folder: Path, remote_url: str, **changes: Any
) -> AsyncIterator[Platform]:
    """Run a runner-proxy that hands executions on, over the registry of ``back``."""
    settings = settings_for(
        back.keys,
        folder / "front-cache",
        back.registry.url,
        runner_mode="remote",
        remote_runner_url=remote_url,
        **changes,
    )
    async with running(settings) as port:
        client = replace(back.client, base_url=f"http://127.0.0.1:{port}")
        yield Platform(back.registry, client, back.keys, back.packed)


@asynccontextmanager
async def running_platform(
    folder: Path,
    *,
    bus: Bus | None = None,
    installs: tuple[InstallRecord, ...] = (),
    said: tuple[VersionStatusRecord, ...] = (),
    **changes: Any,
) -> AsyncIterator[Platform]:
    """Run a registry and a runner-proxy of our own; ``changes`` are settings.

    ``installs`` and ``said`` are there before the runner-proxy starts.
    """
    keys = Keys.make(folder)
    async with AsyncExitStack() as stack:
        peers = {service: key.public_key() for service, key in keys.private.items()}
        registry = await stack.enter_async_context(registry_server(peers))
        for record in installs:
            registry.put(record)
        registry.said = list(said)
        settings = settings_for(keys, folder / "cache", registry.url, **changes)
        port = await stack.enter_async_context(running(settings, bus=bus))
        session = await stack.enter_async_context(client_session())
        client = ServiceClient(session, f"http://127.0.0.1:{port}", "runner-proxy", keys.issuer("gateway"))
        yield Platform(registry, client, keys)
