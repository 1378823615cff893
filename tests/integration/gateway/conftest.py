"""A gateway over real HTTP with its own database and Redis; the other services are stood in for."""

import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from yarl import URL

from annex_gateway.api.problems import PROBLEMS
from annex_gateway.app import ensure_tenant_and_key, migrate_database, running
from annex_gateway.settings import GatewaySettings
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import TenantId
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from integration.gateway.peers import RegistryPeer, RunnerPeer, Stage, on_stage
from support.api_contract import ApiContract, Seen
from support.stack.isolation import Databases

PEPPER = "the pepper of the integration tests"
CONTRACT = ApiContract.of("gateway")
_OWN_ADDRESSES = (
    "/api/v1/api-keys",
    "/api/v1/audit",
    "/api/v1/controls",
    "/api/v1/kill-switches",
    "/api/v1/me",
    "/api/v1/principals",
    "/api/v1/roles",
    "/api/v1/sessions",
    "/api/v1/sign-in-links",
    "/api/v1/tenants",
    "/api/v1/version",
    "/livez",
    "/readyz",
)
_OWN_CODES = {problem.code for problem in PROBLEMS.values()}
EVERYTHING = frozenset(Permission)
ENDPOINTS = (("GET", "/notes"), ("POST", "/notes"), ("GET", "/notes/:id"))


@dataclass
class World:
    """Everything around the gateway under test, and its address."""

    database_url: str
    redis_url: str
    key_file: Path
    registry: RegistryPeer
    runner: RunnerPeer
    registry_stage: Stage
    runner_stage: Stage
    session: aiohttp.ClientSession
    tenant_id: str
    api_key: str
    gateway_url: str = ""

    def settings(self, **changes: Any) -> GatewaySettings:
        return GatewaySettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "database_url": self.database_url,
                "redis_url": self.redis_url,
                "registry_url": self.registry_stage.url,
                "runner_proxy_url": self.runner_stage.url,
                "service_key_file": self.key_file,
                "api_key_pepper": PEPPER,
                "repair_interval_seconds": 60,
                "debug_extensions": "*",
            }
            | changes
        )

    @asynccontextmanager
    async def gateway(self, bus: Bus | None = None, **changes: Any) -> AsyncIterator["World"]:
        async with running(self.settings(**changes), bus=bus) as port:
            self.gateway_url = f"http://127.0.0.1:{port}"
            yield self

    async def key(
        self,
        *permissions: Permission,
        tenant_id: str | None = None,
        slug: str = "dev",
        principal_name: str | None = None,
    ) -> str:
        """Make a key in the caller's tenant, or in another one."""
        made = await ensure_tenant_and_key(
            self.database_url,
            PEPPER,
            slug=slug,
            tenant_id=TenantId(uuid4()) if tenant_id is None and slug != "dev" else None,
            principal_name=principal_name or secrets.token_hex(4),
            permissions=permissions or EVERYTHING,
        )
        assert made.api_key is not None
        return made.api_key

    def installed(self, **fields: Any) -> InstallRecord:
        """Install a published version with the usual endpoints in the caller's tenant."""
        extension_id, version_id = str(uuid4()), str(uuid4())
        endpoints = fields.pop("endpoints", ENDPOINTS)
        label = fields.pop("client_portal_label", None)
        self.registry.publish(version_id, extension_id, *endpoints, client_portal_label=label)
        return self.registry.install(
            **{
                "install_id": str(uuid4()),
                "tenant_id": self.tenant_id,
                "extension_id": extension_id,
                "version_id": version_id,
            }
            | fields
        )

    async def request(self, method: str, path: str, **options: Any) -> "Answer":
        """Send a request as written; the caller's own key is used unless ``headers`` say otherwise."""
        headers = options.pop("headers", {"x-api-key": self.api_key})
        url = URL(self.gateway_url + path, encoded=True)
        if isinstance(options.get("data"), bytes):
            options["data"] = io.BytesIO(options["data"])
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **options
        ) as answer:
            body = await answer.read()
        _require_described(Seen(method, path, answer.status, answer.headers, body))
        return Answer(answer.status, answer.headers, body)

    async def until(self, path: str, status: int) -> "Answer":
        """Ask until the gateway answers with the status."""
        async with asyncio.timeout(15):
            while (answer := await self.get(path)).status != status:  # noqa: ASYNC110 - its state
                await asyncio.sleep(0.05)
            return answer

    async def until_projected(self) -> None:
        """Wait until the gateway has read the installs."""
        async with asyncio.timeout(15):
            while not (await self.get("/readyz")).json()["checks"]["projection"]["ok"]:  # noqa: ASYNC110 - its state
                await asyncio.sleep(0.05)

    async def get(self, path: str, **options: Any) -> "Answer":
        return await self.request("GET", path, **options)


def _require_described(seen: Seen) -> None:
    """Hold what the gateway says itself against its document; its peers here say what a test likes.

    Below a prefix that is passed on whole, callers are judged before the registry knows of no such address.
    """
    is_own = seen.path.startswith(_OWN_ADDRESSES) or seen.code in _OWN_CODES
    if is_own and CONTRACT.template_of(seen) is not None:
        CONTRACT.require(seen)


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def code(self) -> str:
        return str(self.json().get("code"))

    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
async def databases_of_gateway(databases: Databases) -> AsyncIterator[str]:
    async def prepare(url: str) -> None:
        await migrate_database(url)

    url = await databases.create(await databases.template("gateway", prepare))
    yield url
    await databases.drop(url)


@pytest.fixture
def app_database_url(databases_of_gateway: str) -> str:
    """Name the database as the gateway itself connects: with a role that owns nothing."""
    parts = urlsplit(databases_of_gateway)
    return urlunsplit(parts._replace(netloc=f"gateway_app:x@{parts.hostname}:{parts.port}"))


@pytest.fixture
async def world(app_database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Build the world without a gateway; ``async with world.gateway(…)`` starts one."""
    key = Ed25519PrivateKey.generate()
    key_file = tmp_path / "gateway.pem"
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    registry, runner = RegistryPeer(), RunnerPeer()
    made = await ensure_tenant_and_key(app_database_url, PEPPER, slug="dev", permissions=EVERYTHING)
    assert made.api_key is not None
    async with AsyncExitStack() as stack:
        yield World(
            database_url=app_database_url,
            redis_url=redis_url,
            key_file=key_file,
            registry=registry,
            runner=runner,
            registry_stage=await stack.enter_async_context(on_stage(lambda: registry.app(key.public_key()))),
            runner_stage=await stack.enter_async_context(on_stage(lambda: runner.app(key.public_key()))),
            session=await stack.enter_async_context(
                aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
            ),
            tenant_id=str(made.tenant_id),
            api_key=made.api_key,
        )


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[World]:
    """Run a gateway with one extension installed."""
    world.installed()
    async with world.gateway():
        yield world
