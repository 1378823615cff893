"""A build publishes through the gateway with nothing but the token of its CI."""

import asyncio
import json
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from annex_gateway import app as gateway_app
from annex_gateway.settings import GatewaySettings
from annex_registry import app as registry_app
from annex_registry.settings import RegistrySettings
from annex_shared.http.server import listening
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.permissions import Permission
from support.oidc_issuer import AUDIENCE, CLAIMS, Issuer, running_issuer
from support.stack.isolation import Databases

ANNEX = Path(sys.executable).with_name("annex")
PEPPER = "the pepper of the trusted publishing tests"
COMMAND_SECONDS = 60
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Said:
    code: int
    output: str
    errors: str


@dataclass
class Platform:
    """A registry and a gateway, an issuer, and a CI that hands out its tokens."""

    folder: Path
    gateway_url: str
    admin_key: str
    issuer: Issuer
    ci_url: str
    session: aiohttp.ClientSession
    asked: list[dict[str, str]] = field(default_factory=list)

    async def annex(self, *arguments: str, **environment: str) -> Said:
        settings = {
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "ANNEX_GATEWAY": self.gateway_url,
            "NO_COLOR": "1",
            **environment,
        }
        process = await asyncio.create_subprocess_exec(
            ANNEX, *arguments, cwd=self.folder, env=settings, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            output, errors = await process.communicate()
        return Said(process.returncode or 0, output.decode(), errors.decode())

    def owner(self) -> dict[str, str]:
        return {"ANNEX_TOKEN": self.admin_key}

    def build(self) -> dict[str, str]:
        """Return what GitHub Actions sets in a job that may ask for id tokens."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.ci_url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the job's own token",
        }

    def project(self, version: str, *, publisher: str) -> None:
        """Write a project without a handler, which needs no tool to build."""
        (self.folder / "ui").mkdir(exist_ok=True)
        (self.folder / "ui" / "index.html").write_text("<!doctype html><title>Notes</title>")
        manifest = {
            "name": "notes",
            "publisher": publisher,
            "version": version,
            "runtime": "wasm-js@1",
            "ui": {"type": "iframe", "entry": "index.html"},
        }
        (self.folder / "manifest.json").write_text(json.dumps(manifest))

    async def detail(self, publisher: str, version: str) -> dict[str, object]:
        path = f"/api/v1/extensions/{publisher}/notes/versions/{version}"
        async with self.session.get(self.gateway_url + path, headers={"x-api-key": self.admin_key}) as answer:
            document: dict[str, object] = await answer.json()
        return document


@pytest.fixture
async def platform(databases: Databases, redis_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    database_url = await databases.create()
    await registry_app.migrate_database(database_url)
    await gateway_app.migrate_database(database_url)
    key = Ed25519PrivateKey.generate()
    (tmp_path / "gateway.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    (tmp_path / "peers.json").write_text(json.dumps({"gateway": public}))
    made = await gateway_app.ensure_tenant_and_key(
        _as_role(database_url, "gateway_app"), PEPPER, slug="dev", permissions=frozenset(Permission)
    )
    assert made.api_key is not None
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(running_issuer())
        bus = await stack.enter_async_context(in_process_bus(publish_timeout_seconds=5))
        registry = RegistrySettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "database_url": _as_role(database_url, "registry_app"),
                "service_keys_file": tmp_path / "peers.json",
                "bundle_store_url": (tmp_path / "bundles").as_uri(),
                "signature_policy": "required-unless-trusted",
                "trusted_publishing_issuers": issuer.url,
                "trusted_publishing_audience": AUDIENCE,
            }
        )
        registry_port = await stack.enter_async_context(registry_app.running(registry, bus=bus))
        gateway = GatewaySettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "database_url": _as_role(database_url, "gateway_app"),
                "redis_url": redis_url,
                "registry_url": f"http://127.0.0.1:{registry_port}",
                "runner_proxy_url": NOWHERE,
                "service_key_file": tmp_path / "gateway.pem",
                "api_key_pepper": PEPPER,
            }
        )
        gateway_port = await stack.enter_async_context(gateway_app.running(gateway, bus=bus))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        (tmp_path / "project").mkdir()
        platform = Platform(
            folder=tmp_path / "project",
            gateway_url=f"http://127.0.0.1:{gateway_port}",
            admin_key=made.api_key,
            issuer=issuer,
            ci_url="",
            session=session,
        )
        ci_port = await stack.enter_async_context(listening(_ci(platform), host="127.0.0.1", port=0))
        platform.ci_url = f"http://127.0.0.1:{ci_port}"
        yield platform
    await databases.drop(database_url)


def _ci(platform: Platform) -> web.Application:
    """Hand out id tokens as GitHub Actions does."""

    async def token(request: web.Request) -> web.Response:
        platform.asked.append(
            {"authorization": request.headers["authorization"], "audience": request.query["audience"]}
        )
        return web.json_response({"value": platform.issuer.token(aud=request.query["audience"])})

    app = web.Application()
    app.router.add_get("/token", token)
    return app


def _as_role(url: str, role: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.hostname}:{parts.port}"))


async def _publisher(platform: Platform) -> str:
    slug = f"p{secrets.token_hex(4)}"
    async with platform.session.post(
        f"{platform.gateway_url}/api/v1/publishers",
        json={"name": slug},
        headers={"x-api-key": platform.admin_key},
    ) as answer:
        assert answer.status == 201
    return slug


def _claims() -> list[str]:
    matched = ("repository", "repository_owner_id", "environment")
    return [part for name in matched for part in ("--claim", f"{name}={CLAIMS[name]}")]


async def test_a_build_publishes_without_any_key(platform: Platform) -> None:
    slug = await _publisher(platform)
    platform.project("1.0.0", publisher=slug)
    wish = ("trusted-publisher", "add", f"{slug}/notes", "--issuer", platform.issuer.url, *_claims())

    before = await platform.annex("publish", "--trusted", **platform.build())
    added = await platform.annex(*wish, **platform.owner())
    published = await platform.annex("publish", "--trusted", "--json", **platform.build())
    again = await platform.annex("publish", "--skip-existing", **platform.build())

    assert (before.code, "TRUSTED_PUBLISHER_MISMATCH" in before.errors) == (4, True)
    assert added.code == 0, added.errors
    assert published.code == 0, published.errors
    assert json.loads(published.output)["data"]["result"] == "published"
    # Without --trusted: a build that names a gateway and no key acts as itself.
    assert again.code == 0, again.errors
    assert platform.asked[0] == {"authorization": "Bearer the job's own token", "audience": AUDIENCE}
    actor = (await platform.detail(slug, "1.0.0"))["trusted_publisher"]
    assert isinstance(actor, dict)
    assert (actor["issuer"], actor["claims"]) == (platform.issuer.url, CLAIMS)


async def test_an_extension_for_builds_only_takes_no_key(platform: Platform) -> None:
    slug = await _publisher(platform)
    platform.project("1.0.0", publisher=slug)
    wish = ("trusted-publisher", "add", slug, "--issuer", platform.issuer.url, *_claims())
    await platform.annex(*wish, **platform.owner())
    first = await platform.annex("publish", ANNEX_ID_TOKEN=platform.issuer.token())
    only = await platform.annex(
        "trusted-publisher", "only", f"{slug}/notes", "--reason", "Builds only.", **platform.owner()
    )
    platform.project("1.1.0", publisher=slug)
    _write_key(platform.folder / "key.pem")
    await _trust_key(platform, slug)

    by_key = await platform.annex("publish", "--key-file", "key.pem", **platform.owner())
    listed = await platform.annex("trusted-publisher", "list", slug, "--json", **platform.owner())
    trusted_id = json.loads(listed.output)["data"]["items"][0]["id"]
    removed = await platform.annex("trusted-publisher", "remove", slug, trusted_id, **platform.owner())
    orphaned = await platform.annex("publish", ANNEX_ID_TOKEN=platform.issuer.token())

    assert (first.code, only.code) == (0, 0), first.errors + only.errors
    assert (by_key.code, "TRUSTED_PUBLISHING_REQUIRED" in by_key.errors) == (4, True), by_key.errors
    assert removed.code == 0, removed.errors
    assert (orphaned.code, "TRUSTED_PUBLISHER_MISMATCH" in orphaned.errors) == (4, True)


async def test_a_publish_token_opens_nothing_else_of_the_gateway(platform: Platform) -> None:
    slug = await _publisher(platform)
    wish = ("trusted-publisher", "add", slug, "--issuer", platform.issuer.url, *_claims())
    await platform.annex(*wish, **platform.owner())
    exchange = {"extension": f"{slug}/notes", "id_token": platform.issuer.token()}
    async with platform.session.post(
        f"{platform.gateway_url}/api/v1/trusted-publishing/token", json=exchange
    ) as answer:
        token = (await answer.json())["token"]
        kept = answer.headers["cache-control"]

    codes = {}
    for path in ("/api/v1/extensions", "/api/v1/installs", f"/api/v1/publishers/{slug}", "/api/ext/a/b"):
        async with platform.session.get(
            platform.gateway_url + path, headers={"authorization": f"Bearer {token}"}
        ) as refused:
            codes[path] = (refused.status, (await refused.json(content_type=None))["code"])

    assert kept == "no-store"
    assert set(codes.values()) == {(401, "API_KEY_MALFORMED")}


def _write_key(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)


async def _trust_key(platform: Platform, slug: str) -> None:
    async with platform.session.post(
        f"{platform.gateway_url}/api/v1/publishers/{slug}/keys",
        json={"public_key_pem": (platform.folder / "key.pub").read_text()},
        headers={"x-api-key": platform.admin_key},
    ) as answer:
        assert answer.status == 201
